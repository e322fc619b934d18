//! The filter of system calls: what a program that works on documents never needs, and what attacks on a kernel begin
//! with. Everything else is allowed: the machine is the wall, this makes it harder to reach.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule,
};

/// Refused whatever the arguments.
const REFUSED: [c_long; 52] = [
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_name_to_handle_at,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// Puts the filter on this process and all it will start. Privileges must have been given up before.
pub(super) fn apply() -> io::Result<()> {
    for program in programs()? {
        seccompiler::apply_filter(&program).map_err(io::Error::other)?;
    }
    Ok(())
}

/// The filters as the kernel reads them (`struct sock_filter`), for whoever applies them elsewhere.
pub(crate) fn bytes() -> io::Result<Vec<Vec<u8>>> {
    let encode = |program: BpfProgram| {
        program
            .iter()
            .flat_map(|step| {
                let mut bytes = step.code.to_ne_bytes().to_vec();
                bytes.extend([step.jt, step.jf]);
                bytes.extend(step.k.to_ne_bytes());
                bytes
            })
            .collect()
    };
    Ok(programs()?.into_iter().map(encode).collect())
}

/// Two programs, since each has one answer: "not permitted", and for `clone3` "not implemented", after which C
/// libraries use `clone`, whose flags can be looked at.
fn programs() -> io::Result<[BpfProgram; 2]> {
    let mut refused: BTreeMap<c_long, Vec<Rule>> = REFUSED.into_iter().map(|call| (call, Vec::new())).collect();
    refused.insert(libc::SYS_clone, any_flag(0, NAMESPACES)?);
    refused.insert(libc::SYS_socket, sockets()?);
    refused.insert(libc::SYS_ioctl, terminals()?);
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_ioperm, libc::SYS_iopl, libc::SYS_modify_ldt] {
        refused.insert(call, Vec::new());
    }
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([program(refused, libc::EPERM)?, program(unknown, libc::ENOSYS)?])
}

const NAMESPACES: [libc::c_int; 8] = [
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
    libc::CLONE_PTRACE,
];

/// Matches when at least one of the flags is set.
fn any_flag(argument: u8, flags: [libc::c_int; 8]) -> io::Result<Vec<Rule>> {
    flags
        .into_iter()
        .map(|flag| {
            let flag = u64::from(flag.cast_unsigned());
            rule(vec![condition(argument, Length::Qword, Op::MaskedEq(flag), flag)?])
        })
        .collect()
}

/// Sockets of other families than the ordinary ones, and of netlink all but asking for addresses and routes.
fn sockets() -> io::Result<Vec<Rule>> {
    let family = |op, family: libc::c_int| condition(0, Length::Dword, op, u64::from(family.cast_unsigned()));
    Ok(vec![
        rule(vec![
            family(Op::Ne, libc::AF_UNIX)?,
            family(Op::Ne, libc::AF_INET)?,
            family(Op::Ne, libc::AF_INET6)?,
            family(Op::Ne, libc::AF_NETLINK)?,
        ])?,
        rule(vec![
            family(Op::Eq, libc::AF_NETLINK)?,
            condition(2, Length::Dword, Op::Ne, 0)?,
        ])?,
    ])
}

/// Typing into somebody else's terminal.
fn terminals() -> io::Result<Vec<Rule>> {
    [libc::TIOCSTI, libc::TIOCLINUX]
        .into_iter()
        .map(|request| rule(vec![condition(1, Length::Dword, Op::Eq, request)?]))
        .collect()
}

fn condition(argument: u8, length: Length, op: Op, value: u64) -> io::Result<Condition> {
    Condition::new(argument, length, op, value).map_err(io::Error::other)
}

fn rule(conditions: Vec<Condition>) -> io::Result<Rule> {
    Rule::new(conditions).map_err(io::Error::other)
}

fn program(rules: BTreeMap<c_long, Vec<Rule>>, errno: libc::c_int) -> io::Result<BpfProgram> {
    let architecture = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno.cast_unsigned()),
        architecture,
    )
    .and_then(TryInto::try_into)
    .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_filters_are_made_and_small() {
        let filters = bytes().unwrap();
        assert_eq!(filters.len(), 2);
        for filter in filters {
            // A step has eight bytes; the kernel takes 4,096 of them.
            assert!(filter.len() % 8 == 0 && filter.len() / 8 < 4_096, "{}", filter.len());
        }
    }

    /// On a thread of its own, since there is no way back.
    #[test]
    fn refused_calls_fail_and_others_do_not() {
        std::thread::spawn(|| {
            rustix::thread::set_no_new_privs(true).unwrap();
            for program in programs().unwrap() {
                seccompiler::apply_filter(&program).unwrap();
            }
            // SAFETY: plain system calls on values.
            let call = |number: c_long, one: u64, two: u64, three: u64| unsafe {
                let result = libc::syscall(number, one, two, three);
                (result, io::Error::last_os_error().raw_os_error().unwrap_or_default())
            };
            let eperm = (-1, libc::EPERM);
            assert_eq!(call(libc::SYS_unshare, libc::CLONE_NEWUSER as u64, 0, 0), eperm);
            assert_eq!(
                call(libc::SYS_socket, libc::AF_PACKET as u64, libc::SOCK_RAW as u64, 0),
                eperm
            );
            assert_eq!(
                call(libc::SYS_socket, libc::AF_NETLINK as u64, libc::SOCK_RAW as u64, 9),
                eperm
            );
            assert_eq!(call(libc::SYS_clone, libc::CLONE_NEWUSER as u64, 0, 0), eperm);
            assert_eq!(call(libc::SYS_ioctl, 0, libc::TIOCSTI, 0), eperm);
            assert_eq!(call(libc::SYS_clone3, 0, 0, 0), (-1, libc::ENOSYS));
            let (socket, _) = call(libc::SYS_socket, libc::AF_INET as u64, libc::SOCK_STREAM as u64, 0);
            assert!(socket >= 0);
            std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        })
        .join()
        .unwrap();
    }
}
