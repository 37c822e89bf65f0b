import ArgumentParser
import GatehouseCore
import Statistics

struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "How many rows a comparison needs.",
        discussion: """
            gatehouse power --baseline-rate 0.10 --rate 0.12 --per-day 1000
            gatehouse power --baseline-rate 0.10 --n 2000 --allocation 0.9,0.1
            gatehouse power --mean-difference 2 --sd 15
            gatehouse power --auc 0.75 --half-width 0.03 --positive-rate 0.2
            gatehouse power --pilot-se 0.0139 --pilot-rows 520 --margin 0.01
            """)

    @OptionGroup(title: "Rates") var rates: PowerRates
    @OptionGroup(title: "Means") var means: PowerMeans
    @OptionGroup(title: "AUC") var auc: PowerAUC
    @Option(help: ArgumentHelp("Loss that would be accepted: asks for non-inferiority.", valueName: "d")) var margin: Double?
    @Option(help: "Chance of a false alarm, both directions together.") var alpha = 0.05
    @Option(help: "Chance to find the difference that is there.") var power = 0.8
    @Option(help: ArgumentHelp("Shares of control and treatment, e.g. 0.9,0.1.", valueName: "shares")) var allocation: String?
    @Option(help: ArgumentHelp("Rows a day, both arms together: how long it takes.", valueName: "rows")) var perDay: Double?
    @Option(help: ArgumentHelp("Rows there will be, both arms together: what they can see.", valueName: "rows")) var n: Int?
    @Option(help: ArgumentHelp("Whether a higher value is better or worse.", valueName: "better|worse"))
    var higherIs: GoodDirection = .better
    @OptionGroup var output: ToolOutput

    func run() async throws {
        let answer = try PowerQuestion(self).answer()
        try output.show(answer.report, json: answer.json)
    }
}

struct PowerRates: ParsableArguments {
    @Option(help: ArgumentHelp("Rate in the control.", valueName: "rate")) var baselineRate: Double?
    @Option(help: ArgumentHelp("Rate in the treatment that shall be seen.", valueName: "rate")) var rate: Double?
}

struct PowerMeans: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Difference of means that shall be seen.", valueName: "d"))
    var meanDifference: Double?
    @Option(help: ArgumentHelp("Standard deviation of a row.", valueName: "sd")) var sd: Double?
}

struct PowerAUC: ParsableArguments {
    @Option(help: ArgumentHelp("Expected AUC.", valueName: "auc")) var auc: Double?
    @Option(help: ArgumentHelp("Half the width of the interval around it.", valueName: "w")) var halfWidth: Double?
    @Option(help: ArgumentHelp("Share of positives among the rows.", valueName: "share")) var positiveRate: Double?
    @Option(help: ArgumentHelp("Standard error of a paired AUC difference in a pilot.", valueName: "se")) var pilotSe: Double?
    @Option(help: ArgumentHelp("Rows of that pilot.", valueName: "rows")) var pilotRows: Int?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("True AUC difference, candidate minus champion (default: 0).", valueName: "d")
    )
    var aucDifference: Double?
}
