"""A model behind an API: any server that speaks as OpenAI's does."""
