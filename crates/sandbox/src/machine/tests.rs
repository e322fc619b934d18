#![allow(clippy::unwrap_used)]

use super::*;
use crate::image::Layer;
use crate::qemu::Qemu;

/// A QEMU that says nothing of itself and starts nothing.
fn qemu(version: &str) -> Qemu {
    Qemu {
        program: "/bin/false".into(),
        version: version.to_owned(),
    }
}

fn image(places: &Places, key: &str) -> Image {
    Image {
        layer: Layer::Base,
        folder: places.image(Layer::Base),
        key: key.to_owned(),
        kernel: "6.1.0".to_owned(),
        bytes: 0,
    }
}

/// A state is only ever loaded by exactly what it was saved by: another may read it as something else.
#[tokio::test]
async fn a_state_of_another_qemu_image_or_agent_is_not_loaded() {
    const VERSION: &str = "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)";
    let cache = tempfile::tempdir().unwrap();
    let places = Places::new(cache.path());
    let usual = image(&places, "image");
    let tcg = |version: &str| QemuBackend {
        qemu: qemu(version),
        acceleration: Acceleration::Tcg,
    };
    let key = template::key(&tcg(VERSION), &usual, b"agent");
    let saved = template::whole(&places, &key);
    let asked = |version: &'static str, image: Image, agent: &'static [u8]| {
        let places = places.clone();
        async move { template_for(&places, qemu(version), &image, agent).await }
    };
    let (backend, found) = asked(VERSION, usual.clone(), b"agent").await.unwrap();
    assert_eq!((backend, &found), (tcg(VERSION), &saved));
    for (version, image, agent) in [
        ("7.2.23 (Debian 1:7.2+dfsg-7+deb12u18)", usual.clone(), b"agent"),
        // The same version, packed anew.
        ("7.2.22 (Debian 1:7.2+dfsg-7+deb12u19)", usual.clone(), b"agent"),
        ("7.2.22", usual.clone(), b"agent"),
        (VERSION, image(&places, "other"), b"agent"),
        (VERSION, usual.clone(), b"other"),
    ] {
        // It would have to be made anew, which this QEMU cannot.
        let refused = asked(version, image, agent).await;
        assert!(refused.is_err(), "{version}: {refused:?}");
    }
    // And it is as it was, for the one it is of.
    assert!(asked(VERSION, usual, b"agent").await.is_ok());
    let hardware = QemuBackend {
        acceleration: Acceleration::Kvm,
        ..tcg(VERSION)
    };
    assert_ne!(template::key(&hardware, &image(&places, "image"), b"agent"), key);
}
