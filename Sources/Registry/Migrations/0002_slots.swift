import Storage

extension Migration {
    /// `slot_occupancy` is what is active now, one row per slot; `slot_change` is what ever changed. A change without a
    /// version is the slot becoming empty.
    static let slots = Migration("registry_0002_slots") { dialect in
        [
            """
            CREATE TABLE slot_occupancy (
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                role TEXT NOT NULL,
                version BIGINT NOT NULL,
                since BIGINT NOT NULL,
                audit_sequence BIGINT NOT NULL,
                adopted BIGINT NOT NULL,
                PRIMARY KEY (model, environment, segment, role),
                FOREIGN KEY (model, version) REFERENCES model_version (model, number)
            )
            """,
            "CREATE INDEX slot_occupancy_by_version ON slot_occupancy (model, version)",
            """
            CREATE TABLE slot_change (
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                role TEXT NOT NULL,
                number BIGINT NOT NULL,
                version BIGINT,
                changed_at BIGINT NOT NULL,
                audit_sequence BIGINT NOT NULL,
                adopted BIGINT NOT NULL,
                PRIMARY KEY (model, environment, segment, role, number)
            )
            """,
            "CREATE INDEX slot_change_by_version ON slot_change (model, version, changed_at)",
        ] + dialect.appendOnly(table: "slot_change")
    }
}
