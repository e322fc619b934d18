//! JSON Schema validation, without the network: a `$ref` to elsewhere is an error, never a request.

use serde_json::{Map, Value};

use crate::error::Error;

/// Largest schema that is compiled, in bytes of JSON.
const LARGEST: usize = 256 * 1024;

/// Checks `value` against `schema`; the error names the first places that do not fit.
pub fn validate(schema: &Map<String, Value>, value: &Value) -> Result<(), Error> {
    let schema = Value::Object(schema.clone());
    if schema.to_string().len() > LARGEST {
        return Err(Error::Malformed(format!("its schema is larger than {LARGEST} bytes")));
    }
    let validator = jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(&schema)
        .map_err(|error| Error::Malformed(format!("its schema is not valid: {error}")))?;
    let faults: Vec<String> = validator
        .iter_errors(value)
        .take(3)
        .map(|error| format!("{} at `{}`", error, error.instance_path()))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Malformed(faults.join("; ")))
    }
}
