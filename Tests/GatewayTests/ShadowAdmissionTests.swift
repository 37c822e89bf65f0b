import Serving
import Testing

@testable import Gateway

@Suite struct ShadowAdmissionTests {
    private func limits(_ change: (inout ShadowLimits) -> Void) -> ShadowLimits {
        var limits = ShadowLimits()
        change(&limits)
        return limits
    }

    @Test("At rest every eligible request was mirrored, dropped or late, in any order of events", arguments: 1...200)
    func conservation(seed: UInt64) {
        var random = SeededChoices(state: seed)
        var admission = ShadowAdmission(
            limits: limits {
                $0.waitingMax = random.next(below: 6)
                $0.concurrencyMax = random.next(below: 5)
                $0.waitingBytesMax = 50 + random.next(below: 500)
                $0.bodyBytesMax = 100
            }, loops: 1 + random.next(below: 2))
        var flying: [Int] = []
        var waiting: [Int] = []
        var offered = 0
        var total = ShadowCounts()
        for _ in 0..<500 {
            if random.next(below: 5) < 3 {
                let bytes = random.next(below: 140)
                let hold: ShadowCounts.DropReason? = random.next(below: 10) == 0 ? .paused : nil
                offered += 1
                switch admission.offered(bytes: bytes, isWhole: random.next(below: 10) > 0, hold: hold) {
                case .send: flying.append(bytes)
                case .wait: waiting.append(bytes)
                case .drop: break
                }
            } else if flying.isEmpty == false {
                let bytes = flying.remove(at: random.next(below: flying.count))
                let ends: [ShadowAdmission.End] = [.answered, .failed, .late, .dropped(.noConnection)]
                if admission.finished(bytes: bytes, ends[random.next(below: 4)]) { flying.append(waiting.removeFirst()) }
            }
            #expect(admission.inFlight == flying.count)
            #expect(admission.waiting == waiting.count)
            #expect(admission.waitingBytes == flying.reduce(0, +) + waiting.reduce(0, +))
            if random.next(below: 50) == 0 { total.add(admission.takeCounts()) }
        }
        if random.next(below: 2) == 0 {
            admission.stopped(waitingBytes: waiting.reduce(0, +))
            waiting = []
        }
        while let bytes = flying.popLast() {
            if admission.finished(bytes: bytes, .answered) { flying.append(waiting.removeFirst()) }
        }
        total.add(admission.takeCounts())
        #expect(total.eligible == offered)
        #expect(total.eligible == total.mirrored + total.droppedTotal + total.late)
        #expect(total.failed <= total.mirrored)
        #expect(admission.waitingBytes == 0)
    }

    @Test("Each limit drops by its own reason, and large bodies are counted by size")
    func reasons() {
        var admission = ShadowAdmission(
            limits: limits {
                $0.concurrencyMax = 1
                $0.waitingMax = 1
                $0.waitingBytesMax = 250
                $0.bodyBytesMax = 100
            })
        #expect(admission.offered(bytes: 100, isWhole: true, hold: nil) == .send)
        #expect(admission.offered(bytes: 100, isWhole: true, hold: nil) == .wait)
        #expect(admission.offered(bytes: 40, isWhole: true, hold: nil) == .drop(.countFull))
        #expect(admission.offered(bytes: 60, isWhole: true, hold: nil) == .drop(.bytesFull))
        #expect(admission.offered(bytes: 101, isWhole: true, hold: nil) == .drop(.bodyTooLarge))
        #expect(admission.offered(bytes: 3_000, isWhole: false, hold: nil) == .drop(.bodyTooLarge))
        #expect(admission.offered(bytes: 10, isWhole: false, hold: nil) == .drop(.streamed))
        #expect(admission.offered(bytes: 10, isWhole: true, hold: .control) == .drop(.control))
        let counts = admission.takeCounts()
        #expect(counts.tooLarge == ["2^6": 1, "2^11": 1])
        #expect(counts.dropped["body_too_large"] == 2)
    }

    @Test("Loops share the limits of a shadow, and each has at least one place")
    func sharing() {
        var admission = ShadowAdmission(limits: limits { $0.concurrencyMax = 3 }, loops: 2)
        #expect(admission.offered(bytes: 1, isWhole: true, hold: nil) == .send)
        #expect(admission.offered(bytes: 1, isWhole: true, hold: nil) == .wait)
    }
}

@Suite struct ShadowPauseTests {
    /// Requests every 2 ms; `latency` is given whether the shadow is on. Returns how much of the time it was held, by reason.
    private func run(
        _ pause: inout ShadowPause, seconds: Int64, from start: Int64 = 0, latency: (Bool, Int) -> Int64
    ) -> [String: Int] {
        var held: [String: Int] = [:]
        var random = SeededChoices(state: 7)
        for time in stride(from: start, to: start + seconds * 1_000, by: 2) {
            let hold = pause.hold(at: time)
            if let hold { held[hold.rawValue, default: 0] += 1 }
            pause.observed(microseconds: latency(hold == nil, random.next(below: 1_000)), at: time)
        }
        return held
    }

    @Test("A shadow that costs nothing is never paused, and is off for a twentieth of the time")
    func harmless() {
        var pause = ShadowPause(aboveP95Ratio: 1.2, salt: "s")
        let held = run(&pause, seconds: 3_600) { _, noise in 800 + Int64(noise) }
        #expect(pause.pauses == 0)
        #expect(held == ["control": 3_600 * 500 / 20])
    }

    @Test("A shadow that slows production is paused, and longer every time it is tried again")
    func harmful() {
        var pause = ShadowPause(aboveP95Ratio: 1.2, salt: "s")
        let held = run(&pause, seconds: 600) { isOn, noise in (isOn ? 1_600 : 800) + Int64(noise) }
        // Trials of 60 s, pauses of 30, 60, 120 and 240 s.
        #expect(pause.pauses == 4)
        #expect(held["paused", default: 0] > 600 * 500 / 2)
    }

    @Test("What slows production with and without the shadow does not pause it")
    func elsewhere() {
        var pause = ShadowPause(aboveP95Ratio: 1.2, salt: "s")
        var calls = 0
        _ = run(&pause, seconds: 600) { _, noise in
            calls += 1
            return (calls / 20_000 % 2 == 0 ? 800 : 4_000) + Int64(noise)
        }
        #expect(pause.pauses == 0)
    }

    @Test("Too few requests decide nothing, and a ratio of zero turns it off")
    func undecided() {
        var pause = ShadowPause(aboveP95Ratio: 1.2, salt: "s")
        for time in stride(from: Int64(0), to: 600_000, by: 1_000) {
            let hold = pause.hold(at: time)
            pause.observed(microseconds: hold == nil ? 90_000 : 10, at: time)
        }
        #expect(pause.pauses == 0)
        var off = ShadowPause(aboveP95Ratio: 0, salt: "s")
        #expect(run(&off, seconds: 60) { isOn, _ in isOn ? 90_000 : 10 }.isEmpty)
    }
}
