import Dispatch
import GatehouseCore

extension DatasetReader {
    /// One file at a time: a reading keeps all processors busy by itself.
    private static let queue = DispatchQueue(label: "gatehouse.dataset-reader")

    /// The same for tasks: reading blocks its thread for seconds, and the threads that tasks share are as few as the
    /// processors. Not cancellable.
    package static func read(
        contentsOf path: String, format: DatasetFormat? = nil, options: DatasetOptions = DatasetOptions(), name: String? = nil,
        progress: @escaping @Sendable (_ bytesRead: Int64, _ bytesTotal: Int64) -> Void = { _, _ in }
    ) async throws -> Dataset {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        try read(contentsOf: path, format: format, options: options, name: name, progress: progress)
                    })
            }
        }
    }
}
