import GatehouseCore
import Storage
import Testing

@testable import StoragePostgres

@Suite("Addresses of PostgreSQL databases")
struct PostgresAddressTests {
    @Test(
        "what is shown of an address has no password in it",
        arguments: [
            ("postgres://writer:hunter2@db.example:5433/audit", "postgres://writer@db.example:5433/audit"),
            ("postgresql://writer@db.example/audit?password=hunter2&sslmode=require", "postgres://writer@db.example/audit"),
            ("postgres:///audit?host=/run/pg&user=writer", "postgres://writer@/run/pg/audit"), ("postgres://", "postgres:///"),
        ])
    func shown(_ url: String, _ shown: String) throws {
        #expect(try PostgresAddress(parsing: url).description == shown)
    }

    @Test(
        "no message repeats the password",
        arguments: [
            "postgres://w:hunter2@h/d?nonsense=1", "mysql://w:hunter2@h/d", "w:hunter2@h", "",
            "postgres://w:hunter2%@h/d", "postgres://w:hunter2@h/d\u{0}",
        ])
    func malformed(_ url: String) {
        let error = #expect(throws: GatehouseError.self) { try PostgresAddress(parsing: url) }
        #expect(error?.code == .invalidArgument && error?.description.contains("hunter2") == false)
    }

    @Test("libpq's words are shown without the password and on one line")
    func redacts() throws {
        let address = try PostgresAddress(parsing: "postgres://w:hunter2@h/d")
        #expect(address.redacted("FATAL:  x hunter2 y\n\tz\n") == "FATAL: x **** y z")
    }

    @Test(
        "each class of SQLSTATE has its code",
        arguments: [
            ("23505", ErrorCode.alreadyExists), ("23514", .conflict), ("23001", .conflict), ("42501", .forbidden),
            ("42P01", .notFound),
            ("28P01", .forbidden), ("3D000", .notFound), ("40001", .unavailable), ("53100", .unavailable),
            ("57P01", .unavailable),
            ("22021", .invalidArgument), ("XX000", .internalFailure), ("", .unreachable),
        ])
    func failures(_ state: String, _ code: ErrorCode) throws {
        #expect(try PostgresFailure.failure(state: state, message: "m", PostgresAddress(parsing: "postgres://h/d")).code == code)
    }

    @Test("a database that is not there is unreachable, and says where")
    func unreachable() async throws {
        let session = PostgresSession(try PostgresAddress(parsing: "postgres://w:hunter2@127.0.0.1:1/d"))
        let error = await #expect(throws: GatehouseError.self) { try await session.transaction { try $0.execute("SELECT 1") } }
        #expect(error?.code == .unreachable && error?.description.contains("hunter2") == false)
        #expect(error?.message.contains("postgres://w@127.0.0.1:1/d") == true)
    }
}

@Suite("The tables of a mirror, as text")
struct PostgresMirrorSchemaTests {
    @Test("a role's name is quoted, whatever is in it")
    func quoting() throws {
        let ddl = try PostgresMirrorSchema.ddl(role: #"a"b'c\d$$e;--"#)
        #expect(ddl.contains(#"rolname = E'a"b''c\\d\044\044e;--'"#))
        #expect(ddl.contains(#"NOBYPASSRLS', E'a"b''c\\d\044\044e;--')"#))
        #expect(ddl.contains(#"GRANT USAGE ON SCHEMA gatehouse_audit TO "a""b'c\d$$e;--";"#))
    }

    @Test("what no role can be called is refused", arguments: ["", "a\nb", "a\u{0}", String(repeating: "x", count: 64)])
    func refused(_ role: String) {
        #expect(throws: GatehouseError.self) { try PostgresMirrorSchema.ddl(role: role) }
    }
}
