//! Auth: what a provider's credential file looks like, and what follows from it.
