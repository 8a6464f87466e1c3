//! `credentials.json` in the state folder: written whole or not at all.
//!
//! Half a file would cost a developer the keys that are typed into a shop's configuration. So the
//! text is written aside, brought to the disk, and only then given its name.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::merchant::{Credentials, NoCredentials};
use crate::tls::identity;

const FILE: &str = "credentials.json";

/// Files of the folder that are written aside first.
const KEPT: [&str; 2] = [FILE, identity::FILE];

impl Credentials {
    /// The folder's credentials, made now if it has none.
    pub fn in_folder(folder: &Path, now: u64) -> Result<Self, NoCredentials> {
        match Self::kept_in(folder)? {
            Some(kept) => Ok(kept),
            None => Self::generate(now)?.first_in(folder),
        }
    }

    /// The folder's credentials, if it has any. The folder is made if need be.
    pub fn kept_in(folder: &Path) -> Result<Option<Self>, NoCredentials> {
        make_folder(folder)?;
        let text = match std::fs::read(folder.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut read: Self = serde_json::from_slice(&text).map_err(NoCredentials::Unreadable)?;
        read.partner.complete();
        read.completed().map(Some)
    }

    /// Keeps these where nothing was kept. Of two processes that begin together the first one's
    /// keys win, and both go on with those.
    fn first_in(self, folder: &Path) -> Result<Self, NoCredentials> {
        let path = folder.join(FILE);
        let aside = self.write_aside(folder)?;
        let linked = std::fs::hard_link(&aside, &path);
        std::fs::remove_file(&aside)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error.into());
            }
            _ => sync_folder(folder)?,
        }
        Self::kept_in(folder).map(|kept| kept.unwrap_or(self))
    }

    /// Puts these credentials in the place of the folder's, all at once.
    pub fn save(&self, folder: &Path) -> Result<(), NoCredentials> {
        std::fs::rename(self.write_aside(folder)?, folder.join(FILE))?;
        Ok(sync_folder(folder)?)
    }

    fn write_aside(&self, folder: &Path) -> Result<PathBuf, NoCredentials> {
        let text = serde_json::to_vec_pretty(self).map_err(NoCredentials::Unreadable)?;
        Ok(write_aside(folder, FILE, &text)?)
    }
}

/// Puts a file that holds a private key in its place in the folder, all at once.
pub(crate) fn replace_private(folder: &Path, name: &str, text: &[u8]) -> std::io::Result<()> {
    std::fs::rename(write_aside(folder, name, text)?, folder.join(name))?;
    sync_folder(folder)
}

fn write_aside(folder: &Path, name: &str, text: &[u8]) -> std::io::Result<PathBuf> {
    let aside = folder.join(format!("{name}.{}", std::process::id()));
    let mut file = private_file(&aside)?;
    file.write_all(text)?;
    // A name that a crash left before its content would be an empty file.
    file.sync_all()?;
    Ok(aside)
}

/// Removes what a kill in the middle of writing left: private keys under a name that nobody reads.
/// Only for whoever has the folder alone.
pub fn sweep(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let writer = name.to_str().and_then(|name| {
            KEPT.iter().find_map(|kept| name.strip_prefix(kept)?.strip_prefix('.'))
        });
        if writer.is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The folder holds private keys, so that a new one is the owner's alone.
pub fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The file's name is on the disk as well as the file.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
