import Foundation
import GatehouseCore
import Logging
import Synchronization
import Testing

@testable import AuditLog

@Suite("A mirror is kept in step")
struct MirrorServiceTests {
    private let board = MirrorBoard()
    private let alarms = Alarms()

    /// What was raised. A class because the service's closure and the test share it.
    final class Alarms: Sendable {
        let raised = Mutex<[MirrorAlarm]>([])
    }

    private func keeper(_ mirror: some AuditMirror, _ log: MirroredLog) -> MirrorService {
        let alarms = alarms
        return MirrorService(
            mirror, of: log, board: board, now: { Timestamp(milliseconds: 1000) },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            alarm: { _, alarm in alarms.raised.withLock { $0.append(alarm) } })
    }

    @Test("an outage is shown with its reason, and caught up with when it ends")
    func outage() async throws {
        let folder = try DirectoryMirrorTests.Folder()
        try FileManager.default.removeItem(atPath: folder.path)
        let service = keeper(folder.mirror, try SampleLog(5).published())
        #expect(board.all.map(\.state) == [.starting])
        var machine = MirrorMachine()
        var pause = Duration.zero
        pause = await service.step(&machine)
        #expect(pause == .seconds(1))
        pause = await service.step(&machine)
        #expect(pause == .seconds(2))
        #expect(board.all.map(\.state) == [.unreachable] && board.all[0].failure?.contains("There is no folder") == true)
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        pause = await service.step(&machine)
        #expect(pause == .zero)
        pause = await service.step(&machine)
        #expect(pause == .zero)
        #expect(board.all.map(\.state) == [.inStep] && board.all[0].held == 5 && board.all[0].failure == nil)
        pause = await service.step(&machine)
        #expect(pause == .seconds(1))
        #expect(alarms.raised.withLock { $0.isEmpty })
    }

    @Test("a mirror that is ahead is not written to, and raises its alarm once")
    func ahead() async throws {
        let folder = try DirectoryMirrorTests.Folder()
        let sample = try SampleLog(20)
        var machine = MirrorMachine()
        let first = keeper(folder.mirror, try sample.published())
        for _ in 0..<3 { _ = await first.step(&machine) }
        let before = folder.names
        let restored = keeper(folder.mirror, try sample.published(12))
        machine = MirrorMachine()
        for _ in 0..<3 {
            let pause = await restored.step(&machine)
            #expect(pause == .seconds(60))
        }
        #expect(alarms.raised.withLock { $0 } == [.ahead(mirror: 20, log: 12)])
        #expect(board.all.map(\.state) == [.alarmed(.ahead(mirror: 20, log: 12))])
        #expect(folder.names == before)
    }
}
