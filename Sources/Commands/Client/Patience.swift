import GatehouseCore

/// How long a command asks for what is not there yet, and how long it bears with a server that restarts meanwhile.
struct Patience {
    var pollMilliseconds: Int64 = 200
    var retryMilliseconds: Int64 = 1000
    var unreachableInARowMax = 30
    var waitSecondsMax: Int64 = 24 * 3600

    /// Asks until there is an answer. Fails with `undecided` when there is none in time, with `unreachable` when the server
    /// stays away, and with whatever else the question fails with.
    func wait<Answer>(hint: String, _ ask: () async throws -> Answer?) async throws -> Answer {
        let deadline = ContinuousClock.now + .seconds(waitSecondsMax)
        var unreachableInARow = 0
        while true {
            do {
                if let answer = try await ask() { return answer }
                unreachableInARow = 0
            } catch let error as GatehouseError where error.code == .unreachable {
                unreachableInARow += 1
                guard unreachableInARow <= unreachableInARowMax else { throw error }
            }
            guard ContinuousClock.now < deadline else {
                throw GatehouseError(.undecided, "There is no result after \(waitSecondsMax) s of waiting.", hint: hint)
            }
            try await Task.sleep(for: .milliseconds(unreachableInARow == 0 ? pollMilliseconds : retryMilliseconds))
        }
    }
}
