import Dispatch

/// The values of `body` for 0 ..< `count`, in that order, computed on all cores.
///
/// The parts are the caller's, not the machine's: as long as `body` depends on its index alone, the result does not depend on
/// the number of cores. `body` runs on several threads at once, unchecked by the compiler: what it shares it must not change,
/// unless every index writes to places of its own.
func concurrentMap<Value>(count: Int, _ body: (Int) -> Value) -> [Value] {
    guard count > 1 else { return (0..<count).map(body) }
    return [Value](unsafeUninitializedCapacity: count) { values, initialized in
        withoutActuallyEscaping(body) { body in
            // Every index is written once, by one thread, before `concurrentPerform` returns.
            let shared = SharedByThreads(values: values, body: body)
            DispatchQueue.concurrentPerform(iterations: count) { index in
                shared.values.initializeElement(at: index, to: shared.body(index))
            }
        }
        initialized = count
    }
}

/// Carries the places to fill and the work to the threads that `concurrentPerform` waits for.
private struct SharedByThreads<Value>: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Value>
    let body: (Int) -> Value
}
