// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// What weighs, decodes and plans is optimised in debug builds, too: the tests do little else.
let pure = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "rdptriage",
  products: [
    .executable(name: "rdptriage", targets: ["rdptriage"]),
    .executable(name: "rdptriage-benchmark", targets: ["rdptriage-benchmark"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Pure: values in, values out.
    .target(name: "Facts", swiftSettings: pure),
    .target(
      name: "Wire", dependencies: [.product(name: "SwiftASN1", package: "swift-asn1")], swiftSettings: strict),
    .target(
      name: "Diagnosis", dependencies: ["Facts", .product(name: "RealModule", package: "swift-numerics")],
      swiftSettings: pure),
    .target(name: "Wizard", dependencies: ["Facts", "Diagnosis"], swiftSettings: strict),
    .target(name: "Documents", dependencies: ["Facts"], swiftSettings: strict),

    // C libraries.
    .target(name: "CNcurses"),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCares", providers: [.apt(["libc-ares-dev"])]),
    .systemLibrary(name: "CTimex"),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev", "pkg-config"])]),

    // Edge: may touch the world.
    .target(name: "Terminal", dependencies: ["Facts", "Wizard", "CNcurses"], swiftSettings: strict),
    .target(
      name: "Probing", dependencies: ["Facts", "Wire", "COpenSSL", "CCares"], swiftSettings: strict),
    .target(name: "Intake", dependencies: ["Facts", "Documents", "CXML"], swiftSettings: strict),
    .target(
      name: "KnowledgeFormat",
      dependencies: ["Facts", "Diagnosis", .product(name: "Yams", package: "Yams")], swiftSettings: pure),
    // `Files` is a link to Resources/knowledge: the build looks for new and removed files only below targets.
    .target(
      name: "Knowledge", dependencies: ["Facts", "Diagnosis", "KnowledgeFormat"], exclude: ["Files"],
      swiftSettings: strict, plugins: ["EmbedKnowledge"]),
    .target(
      name: "Configuration", dependencies: ["Facts", "KnowledgeFormat", "Wizard"], swiftSettings: strict),
    .target(
      name: "CaseStore",
      dependencies: ["Facts", "Diagnosis", "COpenSSL", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "Practice",
      dependencies: [
        "Facts", "Wire", "Diagnosis", "COpenSSL", .product(name: "SwiftASN1", package: "swift-asn1"),
      ],
      swiftSettings: strict),

    // Knowledge compiler: runs while the package is built.
    .executableTarget(
      name: "knowledge-compiler", dependencies: ["KnowledgeFormat", "Diagnosis", "Facts"],
      path: "Sources/KnowledgeCompiler", swiftSettings: strict),
    .plugin(
      name: "EmbedKnowledge", capability: .buildTool(), dependencies: ["knowledge-compiler"],
      path: "Sources/EmbedKnowledge"),

    .executableTarget(
      name: "rdptriage",
      dependencies: [
        "Facts", "Diagnosis", "Wizard", "Documents", "Intake", "Terminal", "Probing", "Knowledge",
        "KnowledgeFormat",
        "CaseStore", "Configuration", "Practice", "CTimex",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "rdptriage-benchmark",
      dependencies: [
        "Facts", "Diagnosis", "Probing", "Knowledge", "KnowledgeFormat", "Practice", "TestSupport",
        "CorpusCheck",
        "Intake",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Benchmark", swiftSettings: strict),

    .target(name: "CTestSupport", path: "Tests/CTestSupport", linkerSettings: [.linkedLibrary("util")]),
    .target(
      name: "TestSupport", dependencies: ["Facts", "Diagnosis", "CTestSupport"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "CorpusCheck", dependencies: ["Facts", "Diagnosis", "Documents", "Intake", "Knowledge"],
      path: "Tests/CorpusCheck", swiftSettings: strict),
    // Decoders under libFuzzer; see Tests/Fuzzer/fuzz.
    .target(name: "CFuzzer", path: "Tests/CFuzzer"),
    .target(
      name: "FuzzTargets",
      dependencies: ["CFuzzer", "Facts", "Wire", "Diagnosis", "Documents", "Intake", "Knowledge"],
      path: "Tests/FuzzTargets", swiftSettings: strict),
    .executableTarget(
      name: "rdptriage-fuzz", dependencies: ["CFuzzer", "FuzzTargets"], path: "Tests/Fuzzer",
      exclude: ["fuzz", "Corpus"], swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
    .testTarget(name: "FactsTests", dependencies: ["Facts"], swiftSettings: strict),
    .testTarget(name: "WireTests", dependencies: ["Wire", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DiagnosisTests", dependencies: ["Diagnosis", "Facts", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "WizardTests", dependencies: ["Wizard", "Diagnosis", "Facts", "TestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "ProbingTests",
      dependencies: ["Probing", "Wire", "Facts", "Practice", "TestSupport", "COpenSSL"],
      swiftSettings: strict),
    .testTarget(
      name: "DocumentsTests",
      dependencies: ["Documents", "Intake", "Facts", "Diagnosis", "Knowledge", "CorpusCheck"],
      swiftSettings: strict),
    .testTarget(
      name: "KnowledgeTests",
      dependencies: ["Knowledge", "KnowledgeFormat", "Diagnosis", "Facts", "Wire", "Probing", "Documents"],
      swiftSettings: strict),
    .testTarget(
      name: "CaseStoreTests",
      dependencies: [
        "CaseStore", "Diagnosis", "Facts", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .systemLibrary(name: "CVTerm", path: "Tests/CVTerm", providers: [.apt(["libvterm-dev"])]),
    .executableTarget(
      name: "screen-walk", dependencies: ["Terminal", "Wizard", "Diagnosis", "Facts"],
      path: "Tests/ScreenWalk", swiftSettings: strict),
    .executableTarget(
      name: "slow-link", dependencies: ["CTestSupport"], path: "Tests/SlowLink", swiftSettings: strict),
    .testTarget(
      name: "TerminalTests",
      dependencies: ["Terminal", "Wizard", "Facts", "TestSupport", "CVTerm", "screen-walk"],
      swiftSettings: strict),
    .testTarget(
      name: "PracticeTests",
      dependencies: [
        "Practice", "Wire", "Wizard", "Diagnosis", "Probing", "Knowledge", "Facts", "COpenSSL", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: ["Configuration", "KnowledgeFormat", "Wizard", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "rdptriage", "slow-link", "Practice", "CaseStore", "Diagnosis", "Facts", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
