//! The proxy's `config.yaml`.
