import ArgumentParser
import Events
import Foundation
import GatehouseCore
import Secrets

/// What a server that is connected to Slack knows. Nothing of it is ever printed.
struct SlackConnection: Sendable {
    let settings: SlackSettings
    let signingSecret: SlackSigningSecret
}

/// How `serve` is connected to a Slack app. Secrets come from files or the environment, never from the command line, where
/// every process could read them.
struct SlackOptions: ParsableArguments {
    static let secretVariable = "GATEHOUSE_SLACK_SIGNING_SECRET"
    static let tokenVariable = "GATEHOUSE_SLACK_BOT_TOKEN"

    @Option(help: ArgumentHelp("Id of the channel that is told of reviews; connects to Slack.", valueName: "id"))
    var slackChannel: String?
    @Option(
        help: ArgumentHelp("File with the app's signing secret [GATEHOUSE_SLACK_SIGNING_SECRET].", valueName: "file"))
    var slackSigningSecretFile: String?
    @Option(help: ArgumentHelp("File with the app's bot token [GATEHOUSE_SLACK_BOT_TOKEN].", valueName: "file"))
    var slackBotTokenFile: String?
    @Option(help: ArgumentHelp("Where Slack's Web API is.", valueName: "url"))
    var slackApiUrl = SlackSettings.defaultBase

    /// Nil without a channel. Fails with `invalidArgument` and `notFound`, saying which secret is missing.
    func connection() throws -> SlackConnection? {
        guard let slackChannel else {
            guard slackSigningSecretFile == nil, slackBotTokenFile == nil else {
                throw GatehouseError(
                    .invalidArgument, "Slack's secrets are given, but no channel.", hint: "Name it: --slack-channel C…")
            }
            return nil
        }
        let secret = try Self.secret(
            slackSigningSecretFile, Self.secretVariable, "the signing secret", option: "--slack-signing-secret-file")
        let token = try Self.secret(slackBotTokenFile, Self.tokenVariable, "the bot token", option: "--slack-bot-token-file")
        return SlackConnection(
            settings: try SlackSettings(channel: slackChannel, botToken: token, base: slackApiUrl),
            signingSecret: try SlackSigningSecret(parsing: secret))
    }

    private static func secret(_ file: String?, _ variable: String, _ what: String, option: String) throws -> String {
        if let file { return try SecretFile.read(file) }
        guard let text = ProcessRoots.environment[variable], !text.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "A connection to Slack needs \(what) of the app.",
                hint: "Give \(option) FILE, or set \(variable).")
        }
        return text
    }
}
