package import GatehouseCore

/// Ends a command that has said everything already with an exit code.
package struct EarlyExit: Error {
    package let status: ExitStatus
}
