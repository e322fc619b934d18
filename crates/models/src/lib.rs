//! Model providers: streaming, retries, prompt caching, token and cost accounting.
