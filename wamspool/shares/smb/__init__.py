"""A spool on a Windows or Samba server, spoken to by smbprotocol; nothing needs to be mounted."""
