//! The container file, as far as it can be tried without a container: the sources that it copies
//! are a workspace, the program starts as it says, and its health check passes.

use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox::world::Settings;

use crate::restart::{Folder, PROGRAM, Running};
use crate::shop::{Doorbell, Shop};

const CONTAINERFILE: &str = include_str!("../../Containerfile");
const IGNORE: &str = include_str!("../../../.dockerignore");
const TOOLCHAIN: &str = include_str!("../../../rust-toolchain.toml");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The rest of each line that begins so.
fn lines<'a>(text: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.strip_prefix(beginning))
}

/// A command in the form of a JSON list, without the program's name.
fn arguments(instruction: &str) -> Vec<String> {
    let line = CONTAINERFILE.lines().find(|line| line.starts_with(instruction)).unwrap();
    let list = &line[line.find('[').unwrap()..];
    let mut words: Vec<String> = serde_json::from_str(list).unwrap();
    assert_eq!(words.remove(0), "saoma-sandbox");
    words
}

fn copied(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copied(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn what_the_builder_gets_is_a_whole_workspace_and_all_that_is_copied() {
    let folder = Folder::new("context");
    for path in lines(IGNORE, "!") {
        assert!(root().join(path).exists(), "{path} is let through and not there");
        copied(&root().join(path), &folder.0.join(path));
    }
    for line in lines(CONTAINERFILE, "COPY ").filter(|line| !line.starts_with("--from")) {
        let (sources, _) = line.rsplit_once(' ').unwrap();
        for source in sources.split(' ') {
            assert!(folder.0.join(source).exists(), "COPY {source} finds nothing");
        }
    }
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let text = String::from_utf8(metadata.stdout).unwrap();
    assert!(text.contains("\"name\":\"saoma-sandbox\""), "{text}");
}

#[test]
fn it_is_built_with_the_projects_compiler_from_images_that_are_named_exactly() {
    let channel = lines(TOOLCHAIN, "channel = ").next().unwrap().trim_matches('"');
    let images: Vec<_> = lines(CONTAINERFILE, "FROM ").collect();
    assert!(images[0].starts_with(&format!("docker.io/library/rust:{channel}-")), "{images:?}");
    for image in &images {
        let (_, version) = image.split_once(':').unwrap();
        assert!(version.contains('.') && !version.contains("latest"), "{image}");
    }
    let user = lines(CONTAINERFILE, "USER ").next().unwrap();
    assert!(!user.starts_with('0') && user.contains(':'), "{user}");
}

#[test]
fn it_starts_as_it_says_and_its_health_check_passes() {
    let folder = Folder::with_keys("container");
    let state = folder.0.to_str().unwrap();
    let entry = arguments("ENTRYPOINT").into_iter();
    let mut entry: Vec<_> =
        entry.map(|word| if word == "/state" { state.to_owned() } else { word }).collect();
    assert!(entry.contains(&state.to_owned()));
    entry.extend(["--port".to_owned(), "0".to_owned()]);
    let entry: Vec<_> = entry.iter().map(String::as_str).collect();
    let running = Running::with(&entry);
    let port = running.base.strip_prefix("http://0.0.0.0:").unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let check = Command::new(PROGRAM).args(arguments("HEALTHCHECK")).args(["--url", &url]).output();
    assert!(check.unwrap().status.success());
    drop(running);
    let check = Command::new(PROGRAM).args(arguments("HEALTHCHECK")).args(["--url", &url]).output();
    assert!(!check.unwrap().status.success());
}

#[tokio::test]
async fn a_shop_around_the_container_is_told_under_the_address_that_it_gave() {
    let loopback_host = Some("127.0.0.1".to_owned());
    let shop = Shop::with(Settings { loopback_host, ..Settings::default() }).await;
    let bell = Doorbell::answering(204).await;
    // Nobody listens there: it stands for the container's own loopback address.
    let given = bell.url.replace("127.0.0.1", "127.0.0.2");
    let code = shop.place("T20250101000001", &given).await;
    assert_eq!(shop.pay(&code).await.0, 200);
    let told = &bell.hears(1).await[0];
    assert!(shop.is_genuine(&told.headers, &told.body));
    assert!(given.contains(told.headers["host"].to_str().unwrap()), "{:?}", told.headers);
}
