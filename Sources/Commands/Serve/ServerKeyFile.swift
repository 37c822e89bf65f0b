import Foundation
import GatehouseCore
import Glibc
import Secrets

/// Where the key comes from that stored secrets are encrypted with.
enum ServerKeyFile {
    static let name = "server.key"
    static let variable = "GATEHOUSE_SERVER_KEY"
    private static let bytesMax = 4096

    /// From a file that the operator names, or from the environment; nil: from neither.
    static func given(_ path: String?) throws(GatehouseError) -> ServerKey? {
        if let path {
            guard let text = try read(path) else {
                throw GatehouseError(.notFound, "There is no server key '\(path)'.", hint: "Make one: openssl rand -hex 32")
            }
            return try ServerKey(parsing: text)
        }
        return try ProcessRoots.environment[variable].map { (text) throws(GatehouseError) in try ServerKey(parsing: text) }
    }

    /// The data folder's own, made at the first start, readable by its owner only. Fails with `unavailable`, and with
    /// `invalidArgument` when the file holds no key: another one would not open what was stored under it.
    static func key(in directory: String) throws(GatehouseError) -> ServerKey {
        let path = "\(directory)/\(name)"
        if let text = try read(path) { return try ServerKey(parsing: text) }
        let text = ServerKey.text(random: ProcessRoots.randomBytes(ServerKey.bytesCount))
        try write(text + "\n", to: path)
        return try ServerKey(parsing: text)
    }

    /// Nil: there is no such file.
    private static func read(_ path: String) throws(GatehouseError) -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw unusable(path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Under another name first, so that a crash leaves the whole key or none.
    private static func write(_ text: String, to path: String) throws(GatehouseError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path, "cannot be made: \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else {
            throw unusable(path, "cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    private static func unusable(_ path: String, _ why: String) -> GatehouseError {
        GatehouseError(.unavailable, "The server key '\(path)' \(why).", hint: "Is the disk full, or the folder somebody else's?")
    }
}
