import CLibPQ
package import GatehouseCore

/// Where a PostgreSQL database is and who connects: a `postgres://` URL as libpq reads it. What the URL leaves out comes from
/// libpq's own places: `PGPASSWORD`, `PGPASSFILE`, `~/.pgpass`, `PGSSLMODE` and their like.
package struct PostgresAddress: Sendable {
    package static let bytesMax = 4096

    let url: String
    /// Never printed: what is taken out of libpq's messages.
    private let password: String
    /// Role, host, port and database, and nothing that could be a secret.
    package let description: String

    /// Fails with `invalidArgument`; the message never repeats the URL, which may hold a password.
    package init(parsing url: String) throws(GatehouseError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw Self.malformed("does not begin with postgres://")
        }
        guard url.utf8.count <= Self.bytesMax, !url.utf8.contains(0) else {
            throw Self.malformed("is longer than \(Self.bytesMax) bytes, or has a NUL in it")
        }
        guard let options = PQconninfoParse(url, nil) else { throw Self.malformed("is not understood by libpq") }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        // The list ends with an option without a name.
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.url = url
        password = values["password"] ?? ""
        let user = values["user"].map { "\($0)@" } ?? ""
        let port = values["port"].map { ":\($0)" } ?? ""
        description = "postgres://\(user)\(values["host"] ?? values["hostaddr"] ?? "")\(port)/\(values["dbname"] ?? "")"
    }

    /// libpq's words without the password and without line breaks.
    func redacted(_ message: String) -> String {
        let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return password.isEmpty ? words : words.replacing(password, with: "****")
    }

    private static func malformed(_ what: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "The address of the PostgreSQL database \(what).",
            hint: "Write it as postgres://role@host:5432/database, and the password into PGPASSWORD or a .pgpass file.")
    }
}
