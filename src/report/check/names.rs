//! Names of files in the report: a name may hold a token, and no output may.

use crate::auth::{mask_known, mask_mail};
use crate::redact::{Redactor, Safe};
use std::borrow::Cow;

/// Masks tokens in paths, equal ones by equal labels throughout one report, and addresses where that was asked for.
#[derive(Default)]
pub(super) struct Names<'a> {
    redactor: Redactor,
    mask_mail: bool,
    /// Addresses of owners, which are masked whatever stands for their signs.
    owners: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// With `mask_mail`, e-mail addresses are masked too, those of the `owners` in every spelling.
    pub fn new(mask_mail: bool, owners: impl IntoIterator<Item = &'a str>) -> Self {
        let owners = owners.into_iter().filter(|owner| mask_mail && owner.contains('@')).collect();
        Names { mask_mail, owners, ..Names::default() }
    }

    /// A path, or a text around one, without what is secret in it.
    ///
    /// Part by part, and the extension apart: neither a slash nor the dot before `json` belongs to a token, although its
    /// alphabet may have both.
    pub fn shown(&mut self, path: &str) -> Safe {
        let known = self.owners.iter().fold(Cow::Borrowed(path), |path, owner| Cow::Owned(mask_known(&path, owner)));
        let path = if self.mask_mail { Cow::Owned(mask_mail(&known)) } else { known };
        let mut out = String::with_capacity(path.len());
        for (n, part) in path.split('/').enumerate() {
            if n > 0 {
                out.push('/');
            }
            let (stem, extension) = part.split_at(extension(part));
            out.push_str(self.redactor.text(stem).as_str());
            out.push_str(self.redactor.text(extension).as_str());
        }
        Safe::own(out)
    }

    /// The owner of a credential: addresses stay, for they were asked for.
    pub fn account(&mut self, name: &str) -> Safe {
        self.redactor.text(name)
    }

    pub fn all<'p>(&mut self, paths: impl IntoIterator<Item = &'p Safe>) -> Vec<Safe> {
        paths.into_iter().map(|path| self.shown(path.as_str())).collect()
    }
}

/// Where the extension of a credential file begins, with what a backup adds to it; or the end.
fn extension(part: &str) -> usize {
    part.to_ascii_lowercase().rfind(".json").unwrap_or(part.len())
}

#[cfg(test)]
mod tests {
    use super::Names;

    const TOKEN: &str = "Zk9Qx2Wv7Lm4Rt8YpNcB5sGdF3hJ6kAq1uTe";

    #[test]
    fn tokens_in_names_are_masked_and_the_rest_stays() {
        let jwt = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{TOKEN}");
        let mut names = Names::default();
        for (path, shown) in [
            (format!("auths/claude-sk-ant-oat01-{TOKEN}.json"), "auths/[anthropic-key#1].json"),
            (format!("auths/ghp_{TOKEN}.json.bak"), "auths/[github-token#1].json.bak"),
            (format!("auths/sub/claude-sk-ant-oat01-{TOKEN}.JSON"), "auths/sub/[anthropic-key#1].JSON"),
            (format!("auths/kimi-{jwt}.json"), "auths/kimi-[jwt#1].json"),
            (
                format!("token={TOKEN}/claude-access_token={TOKEN}x.json"),
                "token=[token#1]/claude-access_token=[token#2].json",
            ),
            (format!("cannot read a/ghp_{TOKEN}.json: denied"), "cannot read a/[github-token#1].json: denied"),
        ] {
            assert_eq!(names.shown(&path).as_str(), shown);
        }
    }

    #[test]
    fn names_of_files_stay() {
        let mut names = Names::default();
        for path in [
            "",
            "/",
            "auths/codex-ada@example.org-plus.json",
            "/srv/secrets/token.json",
            "./a//b/",
            "auths/kiro-builder-id-6f1be1fa-c19c-4478-8999-84030d706457.json",
            "auths/gemini-ada@example.org-my-project-401.json",
            "auths/qwen-1771660800123.json.tmp",
            "a/4af8456acd49d8d5b45b053923bf5c2295929b78cdd5fc46bd60afe5e4bad159.json",
        ] {
            assert_eq!(names.shown(path).as_str(), path);
        }
    }
}
