"""What `dfcli mcp` offers other agents: the functions behind the commands, as tools that take and give JSON."""
