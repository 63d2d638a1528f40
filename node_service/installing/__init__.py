"""``wam-node install``: the node as a service of its system. What it is made of is text, made here;
what touches the system goes through ``machine``.
"""
