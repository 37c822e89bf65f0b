import ArgumentParser
import GatehouseCore
import Glibc

/// Where a command gets a password: never from the command line, which other users of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(help: ArgumentHelp("File with the password; else it is asked for.", valueName: "file")) var passwordFile: String?

    /// Fails with `invalidArgument` when nobody is there to ask, or says two different things.
    func read(for name: String) throws(GatehouseError) -> String {
        if let passwordFile { return try SecretFile.read(passwordFile) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw GatehouseError(
                .invalidArgument, "There is nobody to ask for the password of '\(name)'.",
                hint: "Name a file with --password-file.")
        }
        let first = Self.ask("New password for \(name): ")
        guard first == Self.ask("The same again: ") else {
            throw GatehouseError(.invalidArgument, "The two passwords differ.", hint: "Run the command again.")
        }
        return first
    }

    /// Without showing it. glibc reads from the terminal itself and turns its echo off meanwhile.
    private static func ask(_ prompt: String) -> String {
        guard let typed = getpass(prompt) else { return "" }
        return String(cString: typed)
    }
}
