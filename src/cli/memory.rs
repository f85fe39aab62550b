//! How much memory a query may hold. A sort, a count of distinct values or a join keeps what it is asked for; beyond the
//! limit it is refused with a reason, before the system ends it without one.

use crate::logsql::Memory;

/// The limit, as given.
#[derive(Debug, Clone, clap::Args)]
pub struct MemoryArgs {
    /// Memory an answer may need before it is refused, as `500MiB`, `8GiB` or bytes
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = size)]
    pub memory_limit: u64,
}

impl MemoryArgs {
    pub fn limit(&self) -> Memory {
        Memory { limit_bytes: self.memory_limit, used_bytes }
    }
}

fn size(text: &str) -> Result<u64, String> {
    let bytes = crate::logsql::number::bytes(text).or_else(|| text.parse().ok());
    bytes
        .filter(|_| text != "-")
        .and_then(|n| u64::try_from(n).ok())
        .ok_or_else(|| "not a size like 500MiB or 8GiB".to_owned())
}

/// Bytes of memory that are this process's own: mapped files can be dropped at any time and do not count. `None` where
/// the system does not tell.
fn used_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = text.split(' ').skip(1).map_while(|field| field.parse::<u64>().ok());
    let (resident, shared) = (pages.next()?, pages.next()?);
    // The unit is the page; it is 4 KiB on all but a few machines, where the limit is then reached later.
    Some(resident.saturating_sub(shared) * 4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_in_queries() {
        assert_eq!(size("500MiB"), Ok(500 << 20));
        assert_eq!(size("4096"), Ok(4096));
        assert!(size("much").is_err());
    }
}
