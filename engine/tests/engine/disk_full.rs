//! A disk that is full: the run says so, what was there before stays readable, and with space the next run does the
//! work. The disk is a small file system in memory, which only root can make.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use onefold::refresh::RunStatus;

use crate::interruption::{PROJECT, people, state};
use crate::support::{open, run_project, write_project};

/// A file system of a few megabytes, gone at the end.
struct Disk(PathBuf);

impl Disk {
    fn new(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(folder);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(folder.to_owned())),
            Ok(output) => skipped(&String::from_utf8_lossy(&output.stderr)),
            Err(e) => skipped(&e.to_string()),
        }
    }

    /// Fills it up to a few hundred kilobytes: less than the run needs, enough to say that it failed.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = File::create(&path).expect("the filler can be made");
        let mut length = 0_u64;
        while file.write_all(&[1; 4096]).is_ok() {
            length += 4096;
        }
        file.set_len(length.saturating_sub(256 << 10)).expect("the filler can be cut");
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn skipped(why: &str) -> Option<Disk> {
    eprintln!("skipped: no file system can be made for a disk that is full: {}", why.trim());
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_fails_the_run_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let Some(disk) = Disk::new(&dir.path().join("warehouse")) else { return };
    let config = "[warehouse]\nlocation = \"warehouse\"\n";
    write_project(dir.path(), &[("project.sql", PROJECT), ("onefold.toml", config)]);
    people(dir.path(), 1_000);
    run_project(&open(dir.path()).await).await;
    let before = state(dir.path()).await;
    assert_eq!(before, ["500|1000|1000|500|1000"]);

    people(dir.path(), 40_000);
    let filler = disk.fill();
    let run = Command::new(env!("CARGO_BIN_EXE_onefold"))
        .args(["run", "--project"])
        .arg(dir.path())
        .output()
        .expect("the binary runs");
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert_ne!(run.status.code(), Some(0), "{said}");
    for part in ["profile person", "the disk of the warehouse is full", "hint: free space under"] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert_eq!(state(dir.path()).await, before);

    std::fs::remove_file(filler).expect("the filler can be removed");
    let record = run_project(&open(dir.path()).await).await;
    assert_eq!(record.status, RunStatus::Succeeded);
    assert_eq!(state(dir.path()).await, ["20000|40000|40000|20000|40000"]);
}
