"""PostgreSQL for a laptop: started, found and stopped without any configuration."""
