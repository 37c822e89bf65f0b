import GatehouseCore
import Glibc
import Registry

/// A file that is being written and hashed. Unless it is kept, it is removed with its owner, so a failure leaves no debris.
struct FileWriter: ~Copyable {
    let path: String
    private let descriptor: Int32
    private var hash = StreamingHash()
    private(set) var bytes: Int64 = 0
    private var isKept = false

    /// A new file with a name of its own in `directory`. It is locked as long as its writer lives: `removeStale` tells it
    /// from the leftovers of a process that was killed.
    init(temporaryIn directory: String) throws(GatehouseError) {
        var template = Array("\(directory)/blob-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw SystemCall.failure("create a file in", directory) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        flock(descriptor, LOCK_EX | LOCK_NB)
        self.descriptor = descriptor
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A new file at `path`; follows no link and replaces nothing.
    init(creating path: String) throws(GatehouseError) {
        // Kept apart until it succeeded: the end of a writer removes its file, and this one may be another's.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCall.failure("create", path) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
        if !isKept { unlink(path) }
    }

    mutating func append(_ chunk: UnsafeRawBufferPointer) throws(GatehouseError) {
        var rest = chunk
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemCall.failure("write", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        hash.update(chunk)
        bytes += Int64(chunk.count)
    }

    var blob: Blob { Blob(digest: hash.digest, bytes: bytes) }

    /// Leaves the file where it is, read-only.
    consuming func keep() throws(GatehouseError) {
        guard fchmod(descriptor, 0o444) == 0 else { throw SystemCall.failure("protect", path) }
        isKept = true
    }

    /// Makes the bytes written so far survive a power cut. Of a large file that takes seconds.
    func synchronise() async throws {
        let (path, descriptor) = (path, descriptor)
        try await SystemCall.inBackground {
            guard fchmod(descriptor, 0o444) == 0 else { throw SystemCall.failure("protect", path) }
            guard fsync(descriptor) == 0 else { throw SystemCall.failure("synchronise", path) }
        }
    }

    /// Moves the synchronised file to its place, where it counts as stored now: complete, or not there at all.
    mutating func publish(at destination: String) throws(GatehouseError) {
        guard futimens(descriptor, nil) == 0 else { throw SystemCall.failure("set the time of", path) }
        guard rename(path, destination) == 0 else { throw SystemCall.failure("move a file to", destination) }
        isKept = true
    }

    /// Removes what a killed process left in `directory`, and nothing that a living one is writing.
    static func removeStale(in directory: String) throws(GatehouseError) {
        for name in try SystemCall.names(in: directory) {
            let path = "\(directory)/\(name)"
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
        }
    }
}
