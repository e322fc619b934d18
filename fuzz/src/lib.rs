//! What every target checks.

pub mod share;

use std::time::Duration;

use deskhand_documents::{DocumentError, Limits, ReadOptions, read};

/// Reads a document; a contained panic or an overrun of time is a fault.
pub fn document(name: &str, bytes: &[u8]) {
    let limits = Limits {
        max_unpacked: 16 << 20,
        max_pixels: 4_000_000,
        deadline: Duration::from_secs(5),
        ..Limits::default()
    };
    match read(name, bytes, &ReadOptions::default(), &limits) {
        Err(error @ (DocumentError::ParserFailed(_) | DocumentError::Timeout { .. } | DocumentError::Busy(_))) => {
            panic!("{error}");
        }
        Ok(_) | Err(_) => {}
    }
}

/// Loads a file's tables and asks about each; a contained panic, an overrun of time or a wrong count is a fault.
pub fn tables(name: &str, bytes: &[u8]) {
    use deskhand_tables::{Catalog, Limits, QueryLimits, TableFile};
    let limits = Limits {
        max_cells: 500_000,
        max_unpacked_bytes: 16 << 20,
        timeout: Duration::from_secs(5),
        ..Limits::default()
    };
    let path = deskhand_types::GuestPath::new(format!("/mnt/fuzz/{name}"));
    let files = vec![TableFile {
        path,
        bytes: bytes.to_vec(),
        veil: deskhand_types::Veil::open(),
    }];
    let (mut catalog, skipped) = Catalog::load(files, &limits).expect("one bad file is no failure");
    for file in skipped {
        let fault = matches!(
            file.code.as_str(),
            "tables.parser-failed" | "tables.load-timeout" | "tables.database"
        );
        assert!(!fault, "{}", file.reason);
    }
    for table in catalog.tables().to_vec() {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let result = catalog
            .query(&sql, &QueryLimits::default())
            .expect("every name can be queried");
        assert_eq!(result.rows[0][0], table.rows);
    }
    let _ = catalog.describe();
    catalog.relations().expect("no failure");
}

/// Runs any text as a statement: it must not change the table it may read.
pub fn sql(sql: &str) {
    use deskhand_tables::{Catalog, Limits, QueryLimits, TableFile};
    let path = deskhand_types::GuestPath::new("/mnt/fuzz/t.csv");
    let files = vec![TableFile {
        path,
        bytes: b"a,b\n1,x\n2,y\n".to_vec(),
        veil: deskhand_types::Veil::open(),
    }];
    let (mut catalog, _) = Catalog::load(files, &Limits::default()).expect("a plain file");
    let limits = QueryLimits {
        timeout: Duration::from_secs(1),
        ..QueryLimits::default()
    };
    let _ = catalog.query(sql, &limits);
    let rows = catalog.query("SELECT * FROM t", &limits).expect("still there").rows;
    assert_eq!(rows.len(), 2);
}

/// Reads servers from a file of each program's.
pub fn servers(bytes: &[u8]) {
    use deskhand_mcp::import::{Source, read};
    let lookup = |name: &str| (name.len() % 2 == 0).then(|| name.to_owned());
    for source in [Source::Project, Source::ClaudeDesktop, Source::ClaudeCode] {
        read(source, bytes, &lookup);
    }
}

/// Looks at a bundle and unpacks it to nowhere; more bytes than were declared are a fault.
pub fn bundle(bytes: &[u8]) {
    use deskhand_mcp::bundle::{Bundle, Entry, Folders, Platform, Sink, Values};
    struct Nowhere;
    impl Sink for Nowhere {
        fn file(&mut self, entry: &Entry, content: &mut dyn std::io::Read) -> std::io::Result<()> {
            let count = std::io::copy(content, &mut std::io::sink())?;
            assert!(count <= entry.size, "{} of {} bytes", count, entry.size);
            Ok(())
        }
    }
    if let Ok(mut bundle) = Bundle::open(bytes.to_vec()) {
        // Either is an answer: damage may be found as late as here.
        let _ = bundle.unpack(&mut Nowhere);
        let _ = bundle.server(&Folders::default(), &Values::new(), Platform::Linux);
    }
}
