import ArgumentParser
import Foundation
import GatehouseCore
import Rendering

/// The process: reads the arguments, runs the command, turns what went wrong into three lines and an exit code.
package enum GatehouseProgram {
    package static func run() async -> Never {
        let terminal = Terminal.process()
        do {
            var command = try GatehouseCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            exit(ExitStatus.done.rawValue)
        } catch let error as GatehouseError {
            report(error, on: terminal)
            exit(error.code.exitCode.rawValue)
        } catch let early as EarlyExit {
            exit(early.status.rawValue)
        } catch {
            GatehouseCommand.exit(withError: error)
        }
    }

    private static func report(_ error: GatehouseError, on terminal: Terminal) {
        terminal.note("\(terminal.styledNote("error:", .red)) \(error.message)")
        for detail in error.details { terminal.note("  \(detail)") }
        if let hint = error.hint { terminal.note("  \(terminal.styledNote("fix:", .bold)) \(hint)") }
    }
}
