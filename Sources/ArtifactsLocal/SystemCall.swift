import Dispatch
import GatehouseCore
import Glibc

/// Turns the failures of file system calls into errors, in one place.
enum SystemCall {
    /// The failure of the call that was made last, as its `errno` tells.
    static func failure(_ what: String, _ path: String, errno code: Int32 = errno) -> GatehouseError {
        let why = String(cString: strerror(code))
        let hint: String
        switch code {
        case ENOSPC, EDQUOT: hint = "Free space on the artifact folder's disk, then try again."
        case EACCES, EPERM, EROFS: hint = "Give this user the right to write in the artifact folder."
        case EMFILE, ENFILE: hint = "Raise the limit of open files ('ulimit -n')."
        default: hint = "Check the artifact folder's disk, then try again."
        }
        return GatehouseError(.unavailable, "Could not \(what) '\(path)': \(why).", hint: hint)
    }

    /// Creates a directory and makes its entry durable. False when it was there already.
    @discardableResult
    static func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(GatehouseError) -> Bool {
        guard mkdir(path, mode) != 0 else {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try synchronise(directory: String(path[..<slash]))
            }
            return true
        }
        guard errno == EEXIST else { throw failure("create the folder", path) }
        return false
    }

    /// Makes the entries of a directory (a file created or renamed in it) survive a power cut.
    static func synchronise(directory path: String) throws(GatehouseError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronise the folder", path) }
    }

    /// Runs what may wait for the disk on a thread made for waiting: those of Swift's pool are as many as cores, and a server
    /// that lends them to `fsync` answers nobody meanwhile.
    static func inBackground<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Opens a file in a directory for reading; neither of them may be a symbolic link. Nil when there is no such file.
    static func openWithoutLinks(_ name: String, in directory: String) throws(GatehouseError) -> Int32? {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open the folder", directory)
        }
        defer { close(folder) }
        // Without O_NONBLOCK a pipe in the place of a file would wait for ever.
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", "\(directory)/\(name)")
        }
        return descriptor
    }

    /// The names in a directory, sorted, without `.` and `..`. What is no directory has none.
    static func names(in path: String) throws(GatehouseError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure("list the folder", path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
