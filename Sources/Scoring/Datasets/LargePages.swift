import Glibc

extension Array {
    /// Asks the system to back the room of this array with large pages, where it offers them on request: filling a
    /// column then takes one page fault per 2 MiB instead of 512, which cost as much as parsing. Only advice: nothing
    /// changes but the time, and the last page of a column may stay unused in part.
    func adviseLargePages() {
        let pageBytes = 2 << 20
        let bytes = capacity * MemoryLayout<Element>.stride
        guard bytes >= 4 * pageBytes else { return }
        withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            let address = Int(bitPattern: start)
            let first = (address + pageBytes - 1) / pageBytes * pageBytes
            let end = (address + bytes) / pageBytes * pageBytes
            guard let page = UnsafeMutableRawPointer(bitPattern: first), end > first else { return }
            madvise(page, end - first, MADV_HUGEPAGE)
        }
    }
}
