//! Where plugins come from and where they stay: marketplaces, installing, updating, removing.
