//! A machine starts, is put away, and comes back.

use std::time::Duration;

use deskhand_sandbox::{Sandbox, SandboxConfig, Tier};

use crate::desk::{Desk, config};

#[tokio::test]
async fn a_command_sees_its_folders_and_nothing_else() {
    let desk = Desk::new();
    desk.put("letter.txt", "Dear all\n");
    std::fs::write(desk.papers().join("contract.txt"), "Between us\n").unwrap();
    let room = desk.room().await;
    let heard = desk
        .run(
            &room,
            "cat letter.txt /mnt/papers/contract.txt; ls /mnt; id -un; hostname; pwd; echo $HOME; echo no 2>&1 >/mnt/papers/new || echo read-only",
        )
        .await;
    assert_eq!(heard.ran.tier, Tier::Vm);
    assert_eq!(
        heard.good(),
        "Dear all\nBetween us\npapers\nwork\ntask\nsandbox\n/mnt/work\n/home/task\nbash: line 1: /mnt/papers/new: Read-only file system\nread-only\n"
    );
    room.close().await;
}

/// The monitor itself has as few rights as a process can have, whoever Deskhand is.
#[tokio::test]
async fn the_machine_is_an_unprivileged_process_under_a_filter_of_system_calls() {
    let desk = Desk::new();
    let room = desk.room().await;
    let process = desk.sandbox.process().await.unwrap();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    // 2: a filter, as `-sandbox on` sets.
    assert_eq!(field("Seccomp:"), ["2"]);
    let own = rustix::process::geteuid();
    if own.is_root() {
        assert_eq!(field("Uid:"), ["65534"; 4]);
        assert_eq!(field("Groups:"), Vec::<String>::new());
        assert_eq!(field("CapEff:"), ["0000000000000000"]);
        assert_eq!(field("CapPrm:"), ["0000000000000000"]);
    } else {
        assert_eq!(field("Uid:"), [own.as_raw().to_string().as_str(); 4]);
    }
    room.close().await;
}

#[tokio::test]
async fn exit_codes_times_and_cut_off_output_are_told() {
    let desk = Desk::new();
    let room = desk.room().await;
    assert_eq!(desk.run(&room, "exit 7").await.ran.exited.code, 7);
    assert_eq!(desk.run(&room, "kill -9 $$").await.ran.exited.code, 137);
    // What it installed for itself is found.
    let own = "mkdir -p ~/.local/lib/python3.11/site-packages && echo 'WORD = \"mine\"' >~/.local/lib/python3.11/site-packages/own_module.py && python3 -c 'import own_module; print(own_module.WORD)'";
    assert_eq!(desk.run(&room, own).await.good(), "mine\n");
    let late = desk
        .run_for(&room, "echo begun; sleep 60 & sleep 60", Duration::from_secs(2))
        .await;
    assert_eq!(late.ran.exited.why, deskhand_sandbox::Why::TimedOut);
    assert_eq!(late.text, "begun\n");
    let long = desk.run(&room, "seq 1 200000").await;
    let output = &long.ran.output;
    let expected: String = (1..=200_000).map(|n| format!("{n}\n")).collect();
    assert_eq!(output.bytes, expected.len() as u64);
    assert!(expected.as_bytes().starts_with(&output.head) && expected.as_bytes().ends_with(&output.tail));
    let full = deskhand_types::BlobStore::get(&*desk.store, &output.full.unwrap()).unwrap();
    assert_eq!(full, expected.into_bytes());
    room.close().await;
}

#[tokio::test]
async fn scratch_stays_between_commands_and_goes_with_the_room() {
    let desk = Desk::new();
    let room = desk.room().await;
    // What was tried out before the machine was saved left nothing.
    assert_eq!(
        desk.run(&room, "ls -A /tmp ~ /mnt/work").await.good(),
        "/home/task:\n\n/mnt/work:\n\n/tmp:\n"
    );
    desk.run(&room, "echo kept >/tmp/note; echo mine >~/note").await.good();
    assert_eq!(desk.run(&room, "cat /tmp/note ~/note").await.good(), "kept\nmine\n");
    room.close().await;
    let room = desk.room().await;
    assert_eq!(
        desk.run(&room, "ls -A /tmp ~ 2>&1").await.good(),
        "/home/task:\n\n/tmp:\n"
    );
    room.close().await;
}

#[tokio::test]
async fn an_idle_machine_takes_no_memory_and_comes_back_with_its_scratch() {
    let sandbox = Sandbox::new(SandboxConfig {
        idle: Duration::from_millis(400),
        ..config()
    });
    let desk = Desk::with(sandbox);
    let room = desk.room().await;
    desk.run(&room, "echo kept >/tmp/note").await.good();
    let ids = "cat /etc/machine-id /proc/sys/kernel/random/boot_id";
    let first = desk.run(&room, ids).await.good();
    put_away(&desk).await;
    // It is looked after for as long as it is away, which is usually longer than it was idle.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let heard = desk.run(&room, &format!("{ids}; cat /tmp/note")).await;
    assert_eq!(heard.ran.anew, None);
    let again = heard.good();
    assert!(again.ends_with("kept\n"), "{again}");
    // Who it is is new; what time it is, too.
    let (first, again): (Vec<&str>, Vec<&str>) = (first.lines().collect(), again.lines().collect());
    assert!(first[0] != again[0] && first[1] != again[1], "{first:?} {again:?}");
    let clock: i64 = desk.run(&room, "date +%s").await.good().trim().parse().unwrap();
    let here = i64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap();
    assert!((clock - here).abs() <= 5, "{clock} {here}");
    room.close().await;
}

/// Waits until the idle machine is put away.
async fn put_away(desk: &Desk) {
    for _ in 0..100 {
        if desk.sandbox.process().await.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the idle machine still runs");
}

/// One saved state, two machines: what is random in the one is not in the other, from the first command on.
#[tokio::test]
async fn machines_from_one_template_are_not_one_another() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let desk = Desk::new();
        let room = desk.room().await;
        let first = "cat /etc/machine-id /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid; \
             head -c 16 /dev/urandom | od -An -tx1; echo $RANDOM$RANDOM$RANDOM; \
             python3 -c 'import os, random, numpy, uuid; print(os.urandom(8).hex()); print(random.random()); \
             print(numpy.random.rand()); print(uuid.uuid4())'";
        seen.push(desk.run(&room, first).await.good());
        room.close().await;
    }
    let lines: Vec<Vec<&str>> = seen.iter().map(|text| text.lines().collect()).collect();
    assert_eq!((lines[0].len(), lines[1].len()), (9, 9), "{seen:?}");
    for (one, other) in lines[0].iter().zip(&lines[1]) {
        assert_ne!(one, other, "{seen:?}");
    }
}

/// A state in which a byte changed is not loaded, and that the room is a new one is told.
#[tokio::test]
async fn a_saved_machine_whose_bytes_changed_is_not_taken_up_and_that_is_told() {
    let cache = crate::failures::own_cache();
    Desk::new().room().await.close().await;
    crate::failures::copy_templates(cache.path());
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: cache.path().to_owned(),
        idle: Duration::from_millis(400),
        ..config()
    }));
    let room = desk.room().await;
    desk.run(&room, "echo kept >/tmp/note").await.good();
    put_away(&desk).await;
    let machines = cache.path().join("sandbox/machines");
    let machine = std::fs::read_dir(&machines).unwrap().flatten().next().unwrap().path();
    let state = machine.join("state");
    for _ in 0..600 {
        // It is no longer written once the machine counts as away.
        if desk.sandbox.described().await.is_none() && state.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let file = std::fs::File::options().read(true).write(true).open(&state).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    std::os::unix::fs::FileExt::read_exact_at(&file, &mut byte, middle).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[byte[0] ^ 1], middle).unwrap();
    let heard = desk.run(&room, "cat /tmp/note || echo gone").await;
    assert!(heard.text.ends_with("gone\n"), "{}", heard.text);
    let told = heard.ran.anew.unwrap();
    assert!(told.contains("not as they were saved"), "{told}");
    assert_eq!(desk.run(&room, "true").await.ran.anew, None);
    room.close().await;
}

#[tokio::test]
async fn python_has_its_libraries_at_hand() {
    let desk = Desk::new();
    let room = desk.room().await;
    desk.run(&room, "true").await.good();
    let script = "import pandas, openpyxl, docx, pptx, matplotlib, sys; print(pandas.DataFrame({'a': [1, 2]}).a.sum()); sys.exit(3)";
    let begun = std::time::Instant::now();
    let heard = desk.run(&room, &format!("python3 -c \"{script}\"")).await;
    assert_eq!((heard.text.as_str(), heard.ran.exited.code), ("3\n", 3));
    println!("import pandas and friends: {:?}", begun.elapsed());
    // A script is a script: arguments, standard streams, tracebacks, modules beside it.
    desk.put("helper.py", "WORD = 'beside'\n");
    desk.put("script.py", "import helper, sys\nprint(helper.WORD, sys.argv, input(), __name__, file=sys.stderr)\nraise ValueError('as ever')\n");
    let heard = desk
        .run(&room, "echo line | python3 script.py one 'two three'; echo $?")
        .await;
    assert_eq!(
        heard.text,
        "beside ['script.py', 'one', 'two three'] line __main__\nTraceback (most recent call last):\n  File \"script.py\", line 3, in <module>\n    raise ValueError('as ever')\nValueError: as ever\n1\n"
    );
    // The same user, the same rights, the same limits, ended with the command.
    let heard = desk.run(&room, "python3 -c 'import os; print(os.getuid(), os.getppid(), open(\"/proc/self/status\").read().split(\"CapBnd:\")[1].split()[0]); open(\"/proc/self/environ\").read()'; id -u").await;
    let lines: Vec<&str> = heard.text.lines().collect();
    assert_eq!(lines[0], format!("{} 0 0000000000000000", lines[1]), "{}", heard.text);
    // What it installed for itself is found.
    let own = "mkdir -p ~/.local/lib/python3.11/site-packages && echo 'WORD = \"mine\"' >~/.local/lib/python3.11/site-packages/own_module.py && python3 -c 'import own_module; print(own_module.WORD)'";
    assert_eq!(desk.run(&room, own).await.good(), "mine\n");
    // What a script forked off, into a session of its own, is ended with the command.
    desk.put("beats.py", "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True:\n            open('/tmp/beat', 'a').write('x')\n            time.sleep(0.1)\n    os._exit(0)\ntime.sleep(60)\n");
    let late = desk.run_for(&room, "python3 beats.py", Duration::from_secs(5)).await;
    assert_eq!(late.ran.exited.why, deskhand_sandbox::Why::TimedOut);
    desk.assert_beats_no_more(&room).await;
    room.close().await;
}

/// What a command leaves behind is nothing, not even an entry in the machine's list of processes: there is room in it for
/// so many, and a machine may run for days.
#[tokio::test]
async fn commands_that_are_ended_leave_no_process_behind() {
    let desk = Desk::new();
    let room = desk.room().await;
    // Of the whole machine, in whatever state.
    let count = async || {
        let heard = desk.run(&room, "cut -d ' ' -f 4 /proc/loadavg").await.good();
        let (_, all) = heard.trim().split_once('/').unwrap();
        all.parse::<usize>().unwrap()
    };
    desk.run(&room, "true").await;
    let before = count().await;
    for _ in 0..10 {
        let late = desk.run_for(&room, "sleep 60", Duration::from_millis(400)).await;
        assert_eq!(late.ran.exited.why, deskhand_sandbox::Why::TimedOut);
    }
    let after = count().await;
    // Threads of the kernel come and go.
    assert!(after < before + 6, "{before} before, {after} after ten commands");
    room.close().await;
}
