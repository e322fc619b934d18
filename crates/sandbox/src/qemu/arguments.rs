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
pub(super) fn arguments(spec: &MachineSpec, from: &From, acceleration: Acceleration, fd: Descriptors) -> Vec<String> {
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
    let share = if *from == From::Boot { "on" } else { "off" };
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
        // No mitigations and no randomised addresses: the instructions are software anyway.
        Acceleration::Tcg => ("tcg,thread=multi,tb-size=512", "max", " mitigations=off nokaslr"),
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
    add(&["-kernel", &file(fd.kernel), "-initrd", &file(fd.initramfs)]);
    add(&[
        "-append",
        &format!(
            "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check 8250.nr_uarts=1 random.trust_cpu=on{tuning}"
        ),
    ]);
    for (id, fd, options) in [
        ("root", fd.root, "readonly=on"),
        ("scratch", fd.scratch, "discard=unmap,cache=unsafe"),
    ] {
        add(&[
            "-drive",
            &format!("file={},if=none,id={id},format=raw,{options}", file(fd)),
        ]);
        add(&["-device", &format!("virtio-blk-pci,drive={id}")]);
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
    use std::path::PathBuf;

    use super::*;

    fn line(from: &From) -> String {
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
        arguments(&spec, from, Acceleration::Tcg, fd).join(" ")
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

    /// QEMU compares devices when it loads a state; what differs may only be how memory is mapped and that it waits.
    #[test]
    fn booting_and_restoring_describe_the_same_machine() {
        let restored = line(&From::State(PathBuf::from("state")));
        let same = restored
            .replace(" -incoming defer", "")
            .replace("share=off", "share=on");
        assert_eq!(same, line(&From::Boot));
    }
}
