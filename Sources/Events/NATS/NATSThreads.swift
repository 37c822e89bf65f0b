import GatehouseCore
import NIOPosix
import Synchronization

/// Where calls of libnats wait: threads of their own, so that nothing else does.
enum NATSThreads {
    /// As many attempts at once; a server that is away keeps one for its deadline.
    static let count = 32

    /// It ends with the process.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
        return pool
    }()

    /// Runs `body` there. Returns `interrupted` at once when the task is cancelled; the call then ends by its own deadline.
    static func run<T: Sendable>(interrupted: T, _ body: @escaping @Sendable () -> T) async -> T {
        let result = FirstResult<T>()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                result.wait(continuation)
                pool.submit { state in
                    switch state {
                    case .active: result.give(body())
                    case .cancelled: result.give(interrupted)
                    }
                }
            }
        } onCancel: {
            result.give(interrupted)
        }
    }
}

extension NATSLibrary {
    /// Fails with `invalidArgument` where it cannot be used.
    static func find() async throws(GatehouseError) {
        let failure = await NATSThreads.run(interrupted: nil) { () -> GatehouseError? in
            do throws(GatehouseError) {
                _ = try loaded()
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
    }
}

/// Gives the first of two results to whoever waits. A class because the thread and the cancellation share it.
private final class FirstResult<T: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<T, Never>)
        case given(T)
        case done
    }

    private let state = Mutex(State.open)

    func wait(_ continuation: CheckedContinuation<T, Never>) {
        let early: T? = state.withLock { state in
            switch state {
            case .given(let value):
                state = .done
                return value
            case .open:
                state = .waiting(continuation)
                return nil
            case .waiting, .done: return nil
            }
        }
        if let early { continuation.resume(returning: early) }
    }

    func give(_ value: T) {
        let waiting: CheckedContinuation<T, Never>? = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .done
                return continuation
            case .open:
                state = .given(value)
                return nil
            case .given, .done: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}
