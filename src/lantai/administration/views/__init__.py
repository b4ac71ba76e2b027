"""Pages of administration: signing in, one's account, people and roles, the security policy, the audit log."""
