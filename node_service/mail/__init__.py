"""Mail to those who are waiting for a job: written, kept on scratch, handed to the site's server."""
