import AuditLog
import Testing

@Suite("What is done with a mirror next")
struct MirrorMachineTests {
    @Test("a mirror is looked at before anything is written to it")
    func looksFirst() {
        #expect(MirrorMachine().next(logSize: 5) == .look)
    }

    @Test("a mirror that is behind catches up, then rests until the log grows")
    func catchesUp() {
        var machine = MirrorMachine()
        machine.holds(3, logSize: 5)
        #expect(machine.state == .catchingUp && machine.next(logSize: 5) == .advance(from: 3))
        machine.holds(5, logSize: 5)
        #expect(machine.state == .inStep && machine.next(logSize: 5) == .rest)
        machine.logGrew(to: 6)
        #expect(machine.state == .catchingUp && machine.next(logSize: 6) == .advance(from: 5))
    }

    @Test("a mirror with more entries than the log raises the alarm of a stale restore, and is not written to")
    func ahead() {
        var machine = MirrorMachine()
        machine.holds(6, logSize: 5)
        #expect(machine.state == .alarmed(.ahead(mirror: 6, log: 5)))
        #expect(machine.next(logSize: 100) == .look)
    }

    @Test("after a failure the mirror is looked at anew, after pauses that double up to five minutes")
    func pauses() {
        var machine = MirrorMachine()
        machine.holds(3, logSize: 5)
        #expect(machine.failed() == .seconds(1))
        #expect(machine.state == .unreachable && machine.held == nil && machine.next(logSize: 5) == .look)
        #expect([1, 2, 3].map { _ in machine.failed() } == [.seconds(2), .seconds(4), .seconds(8)])
        for _ in 0..<100 { _ = machine.failed() }
        #expect(machine.failed() == .seconds(300))
        machine.holds(3, logSize: 5)
        #expect(machine.failed() == .seconds(1))
    }

    @Test("an alarm outlives an outage, and ends when the mirror agrees again")
    func alarm() {
        var machine = MirrorMachine()
        machine.raise(.entryDiffers(sequence: 2))
        _ = machine.failed()
        #expect(machine.state == .alarmed(.entryDiffers(sequence: 2)))
        machine.holds(5, logSize: 5)
        #expect(machine.state == .inStep)
    }
}
