import Synchronization

/// Whether the job was asked to end before it is done. A class because the one who hears the signal and the run share it.
package final class Interruption: Sendable {
    static let pollMilliseconds = 50

    private let said = Mutex<String?>(nil)

    package init() {}

    /// Why the job ends early, in words; nil: it does not.
    package var reason: String? { said.withLock { $0 } }

    /// The first reason stays.
    package func raise(_ reason: String) { said.withLock { $0 = $0 ?? reason } }

    /// What a step that only looks came to; nil: the job was asked to end first, and the step was cut short.
    func unlessRaised<T: Sendable>(_ step: @escaping @Sendable () async -> T) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await step() }
            group.addTask {
                while self.reason == nil, !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
                }
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first.flatMap { $0 }
        }
    }
}
