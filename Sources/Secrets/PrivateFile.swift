package import GatehouseCore
import Glibc

/// A file of its owner: a key, a token, the routes that a gateway starts from. Nobody else may read it, from its first byte on,
/// and it is there whole or not at all, also after a power cut.
package struct PrivateFile: Sendable {
    package enum Readers: Sendable {
        case owner
        /// For the public half of a key.
        case everybody

        fileprivate var mode: mode_t {
            switch self {
            case .owner: 0o600
            case .everybody: 0o644
            }
        }
    }

    /// Of what is read as a key or token.
    package static let bytesMax = 4096

    package let path: String

    package init(_ path: String) { self.path = path }

    /// Nil: there is no such file. Fails with `unavailable`, and with `tooLarge` for what is no key or token.
    package func read() throws(GatehouseError) -> String? {
        // Without O_NONBLOCK a pipe in the place of a file would wait for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be read")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax + 1)
        var count = 0
        while count < bytes.count {
            let start = count
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("cannot be read") }
            if got == 0 { return String(decoding: bytes[..<count], as: UTF8.self) }
            count += got
        }
        throw GatehouseError(
            .tooLarge, "'\(path)' has more than \(Self.bytesMax) bytes: it is no key.", hint: "Name the file that holds the key.")
    }

    package func write(_ text: String, for readers: Readers = .owner) throws(GatehouseError) {
        try write(Array(text.utf8), for: readers)
    }

    /// Writes it under another name first, which then takes the place of what was there. Fails with `unavailable`.
    package func write(_ bytes: [UInt8], for readers: Readers = .owner) throws(GatehouseError) {
        let temporary = "\(path).new"
        // What a crash left may have another mode.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, readers.mode)
        guard descriptor >= 0 else { throw failure("cannot be made") }
        let isWritten = Self.write(bytes, to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else {
            let failure = failure("cannot be written")
            unlink(temporary)
            throw failure
        }
        try synchroniseFolder()
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// With this the new name is on disk too.
    private func synchroniseFolder() throws(GatehouseError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be written") }
    }

    private func failure(_ what: String) -> GatehouseError {
        GatehouseError(
            .unavailable, "'\(path)' \(what): \(String(cString: strerror(errno))).",
            hint: "Is the disk full, or the folder somebody else's?")
    }
}
