import Foundation
import GatehouseCore
import NIOCore
import WireAPI

/// Where a copy comes from or goes to: a registry with what it takes to talk to it, a model, a version.
struct CopyPlace: Sendable {
    /// What it is called in records: the name in front of the first slash, or the address.
    let name: String
    let server: String
    let access: RegistryAccess
    let model: String?
    let version: String?

    func gatehouse() throws -> GatehouseClient {
        try GatehouseClient(
            server: server, token: access.token, user: access.user, http: .gatehouse, deadline: .seconds(Self.callSecondsMax))
    }

    func mlflow() throws -> MLflowClient {
        try MLflowClient(
            server: server, authorization: access.authorization, http: .gatehouse,
            signInHint: "Give the registry a token, or a user name and a password: gatehouse copy --help")
    }

    /// Sealing a hundred thousand files takes a while.
    private static let callSecondsMax: Int64 = 300
}

/// What a registry is shown.
struct RegistryAccess: Sendable {
    var token: String?
    var user: (name: String, password: String)?

    var authorization: String? {
        token.map { "Bearer \($0)" } ?? user.map { "Basic " + Data("\($0.name):\($0.password)".utf8).base64EncodedString() }
    }
}

/// The registries that have names: by variables of the environment, or in a file.
///
///     GATEHOUSE_REGISTRY_prod=https://models.example.com    GATEHOUSE_REGISTRY_prod_TOKEN_FILE=/run/secrets/prod
///     {"prod": {"url": "https://models.example.com", "token_file": "/run/secrets/prod"}}
struct RegistryBook: Sendable {
    static let prefix = "GATEHOUSE_REGISTRY_"
    static let fileBytesMax = 1_000_000

    private let environment: [String: String]
    private let entries: [String: JSONValue]

    /// Fails with `notFound` and `invalidArgument` where the file is not one.
    init(environment: [String: String], file: String?) throws(GatehouseError) {
        self.environment = environment
        guard let file = file ?? environment["GATEHOUSE_REGISTRIES"] else {
            entries = [:]
            return
        }
        let json: JSONValue
        do { json = try JSONParser.parse(try AuditFiles.bytes(file, max: Self.fileBytesMax)) } catch {
            throw GatehouseError(error.code, "The registries in '\(file)' cannot be read: \(error.message)", hint: Self.fileForm)
        }
        guard let found = json.objectValue else {
            throw GatehouseError(.invalidArgument, "'\(file)' holds no registries.", hint: Self.fileForm)
        }
        entries = found
    }

    private static let fileForm = #"Write {"prod": {"url": "https://…", "token_file": "…"}}."#

    /// Reads `REGISTRY[/MODEL[/VERSION]]`, or the address of a server with `/models/MODEL[/VERSION]` behind it.
    /// Fails with `invalidArgument`.
    func place(_ text: String, tokenFile: String?) throws(GatehouseError) -> CopyPlace {
        if text.hasPrefix("http://") || text.hasPrefix("https://") { return try address(text, tokenFile) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw Self.malformed(text) }
        let (url, access) = try registry(parts[0], tokenFile)
        return CopyPlace(
            name: parts[0], server: url, access: access, model: parts.count > 1 ? parts[1] : nil,
            version: parts.count > 2 ? parts[2] : nil)
    }

    private func address(_ text: String, _ tokenFile: String?) throws(GatehouseError) -> CopyPlace {
        let marker = "/models/"
        let place = text.range(of: marker, options: .backwards)
        let server = String(place.map { text[..<$0.lowerBound] } ?? text[...]).trimmingSuffix("/")
        let rest = place.map { text[$0.upperBound...] } ?? ""
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map { String($0).removingPercentEncoding ?? "" }
        guard parts.count <= 2, place == nil || parts.allSatisfy({ !$0.isEmpty }) else { throw Self.malformed(text) }
        var access = RegistryAccess()
        if let tokenFile {
            access.token = try Self.token(tokenFile)
        } else if environment["GATEHOUSE_SERVER"]?.trimmingSuffix("/") == server {
            // The server that all commands talk to; no other address gets its token.
            access.token = environment["GATEHOUSE_TOKEN"]
        }
        return CopyPlace(
            name: server, server: server, access: access, model: parts.first, version: parts.count == 2 ? parts[1] : nil)
    }

    private func registry(_ name: String, _ tokenFile: String?) throws(GatehouseError) -> (String, RegistryAccess) {
        let entry = entries[name]
        func setting(_ suffix: String, _ key: String) -> String? {
            environment["\(Self.prefix)\(name)\(suffix)"]
                ?? environment["\(Self.prefix)\(name)\(suffix)".uppercased().replacing("-", with: "_")]
                ?? entry?[key]?.stringValue
        }
        guard let url = setting("", "url") else {
            throw GatehouseError(
                .invalidArgument, "There is no registry '\(name.prefix(80))'.",
                hint: "Set \(Self.prefix)\(name.prefix(80)) to its address, or write http://HOST/models/MODEL/VERSION.")
        }
        var access = RegistryAccess()
        if let file = tokenFile ?? setting("_TOKEN_FILE", "token_file") {
            access.token = try Self.token(file)
        } else {
            access.token = setting("_TOKEN", "token")
        }
        if let user = setting("_USERNAME", "username"), let password = setting("_PASSWORD", "password") {
            access.user = (user, password)
        }
        return (url.trimmingSuffix("/"), access)
    }

    private static func token(_ file: String) throws(GatehouseError) -> String {
        String(decoding: try AuditFiles.bytes(file, max: fileBytesMax), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func malformed(_ text: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "'\(text.prefix(200))' names no place in a registry.",
            hint: "Write REGISTRY/MODEL/VERSION, such as dev/credit-risk/12, or http://HOST/models/credit-risk/12.")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self[...]
        while text.last == suffix { text.removeLast() }
        return String(text)
    }
}
