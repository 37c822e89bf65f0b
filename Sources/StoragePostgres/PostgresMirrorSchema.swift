package import GatehouseCore

/// The tables of a mirror, and who may do what with them, as text that a database administrator reads and runs.
package enum PostgresMirrorSchema {
    package static let defaultRole = "gatehouse_mirror"
    /// On the table of entries.
    static let triggersCount: Int64 = 2
    /// PostgreSQL cuts longer names off, silently.
    static let roleBytesMax = 63

    /// Fails with `invalidArgument` for a name that no role can have. Any other is quoted, whatever is in it.
    package static func ddl(role: String = defaultRole) throws(GatehouseError) -> String {
        guard (1...roleBytesMax).contains(role.utf8.count),
            role.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw GatehouseError(
                .invalidArgument, "A role's name has 1 to \(roleBytesMax) bytes and no control characters.",
                hint: "gatehouse audit mirror-ddl --role \(defaultRole)")
        }
        let writer = "\"\(role.replacing("\"", with: "\"\""))\""
        return [head(role, writer), tables(writer), rights(writer), triggers].joined(separator: "\n\n")
    }

    private static func head(_ role: String, _ writer: String) -> String {
        """
        -- A mirror of Gatehouse's audit log: PostgreSQL 13 or newer. Run it once, as the role that shall own the tables and
        -- that Gatehouse never connects as:   gatehouse audit mirror-ddl | psql -v ON_ERROR_STOP=1 -1 -f - DATABASE
        --
        -- The writer may add rows and read them. What that does not protect against: the owner of the tables and every
        -- superuser can switch triggers off, change rows, drop the tables or restore an older dump. Gatehouse compares every
        -- row with its log whenever it connects, and the checkpoints, which are signed, show a change to anybody who kept
        -- one. Whoever can write as both the owner here and the Gatehouse server can still rewrite both: give the two to
        -- different people, and let a witness cosign. Whoever connects as the writer can add rows that are not in the log:
        -- Gatehouse then raises an alarm instead of writing over them.

        -- The password is set apart from this:   \\password \(writer)
        DO $$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \(literal(role))) THEN
                EXECUTE format(
                    'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', \(literal(role)));
            END IF;
        END
        $$;
        """
    }

    private static func tables(_ writer: String) -> String {
        """
        CREATE SCHEMA gatehouse_audit;
        REVOKE ALL ON SCHEMA gatehouse_audit FROM PUBLIC;
        GRANT USAGE ON SCHEMA gatehouse_audit TO \(writer);

        -- One row per entry: its place in the log, its exact bytes, and their hash as the log's tree has it (RFC 6962).
        CREATE TABLE gatehouse_audit.entry (
            sequence BIGINT PRIMARY KEY CHECK (sequence > 0),
            body BYTEA NOT NULL CHECK (length(body) <= 65535),
            leaf_hash BYTEA NOT NULL CHECK (leaf_hash = sha256(decode('00', 'hex') || body)),
            written_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
        );

        -- Signed heads of the log, each whenever the mirror was brought up to date.
        CREATE TABLE gatehouse_audit.checkpoint (
            size BIGINT PRIMARY KEY CHECK (size >= 0),
            root BYTEA NOT NULL CHECK (length(root) = 32),
            note TEXT NOT NULL,
            written_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
        );
        """
    }

    private static func rights(_ writer: String) -> String {
        """
        REVOKE ALL ON gatehouse_audit.entry, gatehouse_audit.checkpoint FROM PUBLIC;
        GRANT SELECT ON gatehouse_audit.entry, gatehouse_audit.checkpoint TO \(writer);
        -- Not the time: the database's own clock writes it.
        GRANT INSERT (sequence, body, leaf_hash) ON gatehouse_audit.entry TO \(writer);
        GRANT INSERT (size, root, note) ON gatehouse_audit.checkpoint TO \(writer);
        """
    }

    private static let triggers = """
        CREATE FUNCTION gatehouse_audit.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        BEGIN
            RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '23001';
        END
        $$;

        -- For mistakes of those who have the rights. ALWAYS: also where session_replication_role says replica.
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON gatehouse_audit.entry
            FOR EACH ROW EXECUTE FUNCTION gatehouse_audit.refuse();
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON gatehouse_audit.entry
            FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_audit.refuse();
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON gatehouse_audit.checkpoint
            FOR EACH ROW EXECUTE FUNCTION gatehouse_audit.refuse();
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON gatehouse_audit.checkpoint
            FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_audit.refuse();
        ALTER TABLE gatehouse_audit.entry ENABLE ALWAYS TRIGGER refuse_change;
        ALTER TABLE gatehouse_audit.entry ENABLE ALWAYS TRIGGER refuse_truncate;
        ALTER TABLE gatehouse_audit.checkpoint ENABLE ALWAYS TRIGGER refuse_change;
        ALTER TABLE gatehouse_audit.checkpoint ENABLE ALWAYS TRIGGER refuse_truncate;
        """

    /// A string of SQL, safe also inside the dollar quotes around it.
    private static func literal(_ text: String) -> String {
        let quoted = text.replacing("'", with: "''").replacing("\\", with: "\\\\").replacing("$", with: "\\044")
        return "E'\(quoted)'"
    }
}
