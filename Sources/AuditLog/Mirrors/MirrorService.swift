package import GatehouseCore
package import Logging
import ServiceLifecycle

/// Keeps one mirror in step with the log. Nobody waits for it: an outage costs the server nothing, and is caught up with.
package struct MirrorService: Service {
    /// How often it is looked whether the log has grown.
    static let lookEvery: Duration = .seconds(1)

    private let mirror: any AuditMirror
    private let log: MirroredLog
    private let board: MirrorBoard
    private let now: @Sendable () -> Timestamp
    private let alarm: @Sendable (MirrorName, MirrorAlarm) async -> Void
    private let logger: Logger

    /// `alarm` is called once per alarm, to write it where people look.
    package init(
        _ mirror: any AuditMirror, of log: MirroredLog, board: MirrorBoard, now: @escaping @Sendable () -> Timestamp,
        logger: Logger, alarm: @escaping @Sendable (MirrorName, MirrorAlarm) async -> Void
    ) {
        self.mirror = mirror
        self.log = log
        self.board = board
        self.now = now
        self.logger = logger
        self.alarm = alarm
        board.update(mirror.name, at: now()) { _ in }
    }

    package func run() async throws {
        var machine = MirrorMachine()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let pause = await step(&machine)
            guard pause > .zero else { continue }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        await mirror.close()
    }

    /// One action, and how long to wait before the next.
    func step(_ machine: inout MirrorMachine) async -> Duration {
        let before = machine.state
        do {
            let size = try log.size()
            machine.logGrew(to: size)
            switch machine.next(logSize: size) {
            case .look:
                // Cut off at the end of the server: a mirror that hangs must not hold it up.
                let look = try await cancelWhenGracefulShutdown { try await mirror.look(at: log) }
                // The log may have grown meanwhile; a mirror is ahead of what it is now.
                let size = try log.size()
                machine.holds(look.held, logSize: size)
                board.update(mirror.name, at: now()) { $0.warnings = look.warnings }
            case .advance(let held):
                let reached = try await cancelWhenGracefulShutdown { try await mirror.advance(from: held, in: log) }
                machine.holds(reached, logSize: max(size, reached))
            case .rest: return Self.lookEvery
            }
            return await answered(machine, before: before)
        } catch let found as MirrorAlarm {
            machine.raise(found)
            return await answered(machine, before: before)
        } catch {
            if Task.isShuttingDownGracefully || Task.isCancelled { return .zero }
            return missed(&machine, error, before: before)
        }
    }

    private func answered(_ machine: MirrorMachine, before: MirrorMachine.State) async -> Duration {
        let time = now()
        board.update(mirror.name, at: time) { status in
            status.state = machine.state
            status.held = machine.held ?? status.held
            status.lastAnswer = time
            status.failure = nil
        }
        switch machine.state {
        case .alarmed(let found):
            if machine.state != before {
                logger.critical(
                    "a mirror of the audit log disagrees",
                    metadata: ["mirror": "\(mirror.name.place)", "alarm": "\(found.word)", "what": "\(found.message)"])
                await alarm(mirror.name, found)
            }
            return .seconds(MirrorMachine.alarmSecondsBetweenLooks)
        case .inStep: return mirror.rest
        case .starting, .catchingUp, .unreachable: return .zero
        }
    }

    private func missed(_ machine: inout MirrorMachine, _ error: any Error, before: MirrorMachine.State) -> Duration {
        let pause = machine.failed()
        let words = (error as? GatehouseError)?.message ?? "\(error)"
        let state = machine.state
        board.update(mirror.name, at: now()) { status in
            status.state = state
            status.failure = words
        }
        if machine.state != before {
            logger.warning(
                "a mirror of the audit log does not answer", metadata: ["mirror": "\(mirror.name.place)", "failure": "\(words)"])
        }
        return pause
    }
}
