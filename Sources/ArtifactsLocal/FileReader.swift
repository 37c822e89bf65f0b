import GatehouseCore
import Glibc

/// An open file that is read from its start in chunks. Not copyable: closing it is the end of its only owner.
struct FileReader: ~Copyable {
    static let chunkBytes = 1 << 20

    let path: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: chunkBytes)

    /// Nil when there is no such file. Fails with `invalidArgument` when it is no regular file: a pipe could wait for ever.
    init?(path: String) throws(GatehouseError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCall.failure("open", path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw GatehouseError(.invalidArgument, "'\(path)' is not a regular file.")
        }
        self.descriptor = descriptor
    }

    /// Takes over an open file, at its start.
    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Hands the next bytes to `body`; false at the end of the file.
    mutating func next(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let count = buffer.withUnsafeMutableBytes { raw in
            var count = read(descriptor, raw.baseAddress, raw.count)
            while count < 0, errno == EINTR { count = read(descriptor, raw.baseAddress, raw.count) }
            return count
        }
        guard count >= 0 else { throw SystemCall.failure("read", path) }
        guard count > 0 else { return false }
        try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        return true
    }
}
