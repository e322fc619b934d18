//! The command line. Measured and explained in the sandbox's specification; a saved state fits only the same devices.

use super::Acceleration;
use crate::backend::{From, MachineSpec, Port};

/// Descriptors of the child, by purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Descriptors {
    pub kernel: i32,
    pub initramfs: i32,
    pub root: i32,
    pub scratch: i32,
    pub memory: i32,
    pub monitor: i32,
    pub ports: [i32; 3],
}

/// Everything after the program's name.
///
/// `guarded` says that this QEMU can map memory privately from a file it may only read.
pub(super) fn arguments(
    spec: &MachineSpec,
    from: &From,
    acceleration: Acceleration,
    guarded: bool,
    fd: Descriptors,
) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| list.extend(words.iter().map(|word| (*word).to_owned()));
    let file = |fd: i32| format!("/proc/self/fd/{fd}");
    add(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S"]);
    add(&[
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    ]);
    // A template is written through the shared mapping while it boots. Whatever starts from it maps it privately:
    // nothing is copied until a page is written, and the file never changes again.
    let share = match from {
        From::Boot => "on",
        // Without `rom=off` the guest's memory would be as read-only as the file.
        From::State(_) if guarded => "off,readonly=on,rom=off",
        From::State(_) => "off",
    };
    add(&[
        "-object",
        &format!(
            "memory-backend-file,id=ram,size={},mem-path={},share={share}",
            spec.memory_bytes,
            file(fd.memory)
        ),
    ]);
    add(&["-M", "q35,usb=off,smbus=off,sata=off,vmport=off,memory-backend=ram"]);
    let (accel, cpu, tuning) = match acceleration {
        Acceleration::Kvm => ("kvm", "host", ""),
        // No mitigations and no randomised addresses: the instructions are software anyway. Nor what makes the guest's
        // kernel do more than its work: every instruction that runs for the first time is translated first, in every
        // machine anew, and that is most of a start.
        Acceleration::Tcg => (
            "tcg,thread=multi,tb-size=512",
            "max",
            " mitigations=off nokaslr transparent_hugepage=never psi=0 lsm=yama audit=0",
        ),
    };
    add(&[
        "-accel",
        accel,
        "-cpu",
        cpu,
        "-smp",
        &acceleration.processors().to_string(),
    ]);
    add(&["-m", &format!("{}M", spec.memory_bytes >> 20)]);
    // A saved machine has its kernel in its memory; reading the files again would only take time.
    if matches!(from, From::Boot) {
        add(&["-kernel", &file(fd.kernel), "-initrd", &file(fd.initramfs)]);
        add(&[
            "-append",
            &format!(
                "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check 8250.nr_uarts=1 random.trust_cpu=on{tuning}"
            ),
        ]);
    }
    for (id, fd, options) in [
        ("root", fd.root, "readonly=on"),
        ("scratch", fd.scratch, "discard=unmap,cache=unsafe"),
    ] {
        add(&[
            "-drive",
            &format!("file={},if=none,id={id},format=raw,{options}", file(fd)),
        ]);
        // QEMU's default stops the whole machine when this computer's disk is full, until somebody types at its
        // monitor. Told as an error instead, the machine is ended at once ([`super::qmp`]).
        add(&[
            "-device",
            &format!("virtio-blk-pci,drive={id},werror=report,rerror=report"),
        ]);
    }
    add(&["-device", "virtio-rng-pci", "-device", "virtio-serial-pci,id=serial"]);
    for (port, fd) in Port::ALL.into_iter().zip(fd.ports) {
        let name = port.name();
        add(&["-chardev", &format!("socket,id={name},fd={fd}")]);
        add(&[
            "-device",
            &format!("virtserialport,bus=serial.0,chardev={name},name={name}"),
        ]);
    }
    add(&[
        "-chardev",
        "stdio,id=console,signal=off,mux=off",
        "-serial",
        "chardev:console",
    ]);
    add(&[
        "-chardev",
        &format!("socket,id=qmp,fd={}", fd.monitor),
        "-mon",
        "chardev=qmp,mode=control",
    ]);
    add(&["-nic", "none"]);
    if matches!(from, From::State(_)) {
        add(&["-incoming", "defer"]);
    }
    list
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used)]

    use std::path::PathBuf;

    use super::*;

    fn words(from: &From, acceleration: Acceleration, guarded: bool) -> Vec<String> {
        let spec = MachineSpec {
            kernel: "k".into(),
            initramfs: "i".into(),
            root: "r".into(),
            scratch: "s".into(),
            memory: "m".into(),
            memory_bytes: 1 << 30,
            console: "c".into(),
        };
        let fd = Descriptors {
            kernel: 10,
            initramfs: 11,
            root: 12,
            scratch: 13,
            memory: 14,
            monitor: 15,
            ports: [16, 17, 18],
        };
        arguments(&spec, from, acceleration, guarded, fd)
    }

    fn line(from: &From) -> String {
        words(from, Acceleration::Tcg, false).join(" ")
    }

    fn restored() -> From {
        From::State(PathBuf::from("state"))
    }

    /// What follows an option, each time it is there.
    fn values(words: &[String], option: &str) -> Vec<String> {
        let pairs = words.windows(2).filter(|pair| pair[0] == option);
        pairs.map(|pair| pair[1].clone()).collect()
    }

    #[test]
    fn a_machine_has_no_network_and_no_shared_folder() {
        let line = line(&From::Boot);
        assert!(line.contains("-nic none"));
        for door in [
            "netdev", "fsdev", "virtfs", "vhost", "hostfwd", "-net ", "usb-", "vnc", "spice",
        ] {
            assert!(!line.contains(door), "{door}");
        }
    }

    /// QEMU compares devices when it loads a state; what differs may only be how memory is mapped, that it waits, and what
    /// is read once, by a boot.
    #[test]
    fn booting_and_restoring_describe_the_same_machine() {
        let same = line(&restored())
            .replace(" -incoming defer", "")
            .replace("share=off", "share=on");
        let booted = line(&From::Boot);
        let (before, rest) = booted.split_once(" -kernel ").unwrap();
        let (read_once, after) = rest.split_once(" -drive ").unwrap();
        assert!(
            read_once.starts_with("/proc/self/fd/10 -initrd /proc/self/fd/11 -append console=ttyS0 "),
            "{read_once}"
        );
        assert_eq!(same, format!("{before} -drive {after}"));
    }

    #[test]
    fn every_machine_runs_under_the_whole_filter_of_system_calls() {
        for from in [From::Boot, restored()] {
            assert_eq!(
                values(&words(&from, Acceleration::Kvm, true), "-sandbox"),
                ["on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
            );
        }
    }

    /// With two processors in software small operations take up to ten times as long.
    #[test]
    fn in_software_there_is_one_processor() {
        let software = words(&From::Boot, Acceleration::Tcg, false);
        assert_eq!(values(&software, "-smp"), ["1"]);
        assert_eq!(values(&software, "-accel"), ["tcg,thread=multi,tb-size=512"]);
        let hardware = words(&From::Boot, Acceleration::Kvm, false);
        assert_eq!(values(&hardware, "-smp"), ["2"]);
        assert_eq!(values(&hardware, "-accel"), ["kvm"]);
        // What makes software faster would make a processor's guests weaker.
        assert!(!values(&hardware, "-append")[0].contains("mitigations=off"));
    }

    /// By default QEMU stops a machine whose write finds this computer's disk full, and its command hangs.
    #[test]
    fn a_full_disk_stops_no_machine() {
        for from in [From::Boot, restored()] {
            let devices = values(&words(&from, Acceleration::Tcg, false), "-device");
            let disks: Vec<_> = devices.iter().filter(|device| device.contains("virtio-blk")).collect();
            assert_eq!(disks.len(), 2);
            for disk in disks {
                assert!(disk.ends_with(",werror=report,rerror=report"), "{disk}");
            }
        }
    }

    /// What starts from a template may not change it; only making one writes it.
    #[test]
    fn a_template_is_mapped_read_only_where_qemu_can() {
        let memory = |from: &From, guarded| values(&words(from, Acceleration::Tcg, guarded), "-object").remove(0);
        assert!(memory(&restored(), true).ends_with(",share=off,readonly=on,rom=off"));
        assert!(memory(&restored(), false).ends_with(",share=off"));
        assert!(memory(&From::Boot, true).ends_with(",share=on"));
    }
}
