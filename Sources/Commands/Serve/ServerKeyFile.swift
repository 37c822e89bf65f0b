import GatehouseCore
import Secrets

/// Where the key comes from that stored secrets are encrypted with.
enum ServerKeyFile {
    static let name = "server.key"
    static let variable = "GATEHOUSE_SERVER_KEY"

    /// From a file that the operator names, or from the environment; nil: from neither.
    static func given(_ path: String?) throws(GatehouseError) -> ServerKey? {
        if let path {
            guard let text = try PrivateFile(path).read() else {
                throw GatehouseError(.notFound, "There is no server key '\(path)'.", hint: "Make one: openssl rand -hex 32")
            }
            return try ServerKey(parsing: text)
        }
        return try ProcessRoots.environment[variable].map { (text) throws(GatehouseError) in try ServerKey(parsing: text) }
    }

    /// The data folder's own, made at the first start, readable by its owner only. Fails with `unavailable`, and with
    /// `invalidArgument` when the file holds no key: another one would not open what was stored under it.
    static func key(in directory: String) throws(GatehouseError) -> ServerKey {
        let file = PrivateFile("\(directory)/\(name)")
        if let text = try file.read() { return try ServerKey(parsing: text) }
        let text = ServerKey.text(random: ProcessRoots.randomBytes(ServerKey.bytesCount))
        try file.write(text + "\n")
        return try ServerKey(parsing: text)
    }
}
