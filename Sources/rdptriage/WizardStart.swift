import CaseStore
import Configuration
import Diagnosis
import Documents
import Facts
import Foundation
import Practice
import Probing
import Terminal
import Wizard

/// What the wizard is started with: options and configuration become settings here.
struct WizardStart {
  var data: DataOptions
  var knowledge: KnowledgeOptions
  var look: AppearanceOptions
  var request: ProbeRequest?
  var code: ReportedCode?
  var options: ProbeOptions?
  /// The id of a case to go on with.
  var resume: String?
  /// Set: start among the practice cases; with an id: at that one.
  var practice: String??
  /// A practice case out of a file.
  var practiceCase: PracticeCase?
  /// What was handed in on the command line.
  var submissions: [Submission] = []
  /// Closed cases of this site move the base rates.
  var learns = true

  /// Runs the wizard to its end.
  ///
  /// - Throws: the exit code, when it is not 0.
  @MainActor
  func start() async throws {
    if !knowledge.overlays.isEmpty { _ = try knowledge.load() }
    let face: any Face
    do {
      face = look.isLineByLine ? LineFace() : try ScreenFace(theme: look.theme)
    } catch {
      throw Failure(.inputOutput, "\(error)").exit()
    }
    // What the terminal takes is the face's own business from here on.
    StandardOutput.isChecked = false
    let code = await Runtime(self, face).run()
    if code != 0 { Foundation.exit(code) }
  }

  func settings(canWriteUTF8: Bool) -> WizardSettings {
    let own = Configuration.current
    return WizardSettings(
      person: SafeText.clean(NSUserName(), limit: 80), nonce: UInt64.random(in: .min ... .max),
      probes: ProbeRegistry.all.map { $0.description },
      practiceCases: [practiceCase].compactMap(\.self) + PracticeCatalogue.all.map(\.course),
      initial: .init(
        target: request?.target.connectText ?? "", code: code?.description ?? "",
        gateway: request?.target.gateway, domain: request?.target.domain,
        certificateName: request?.target.certificateName ?? options?.expectedName, submissions: submissions,
        caseID: resume, practice: practice),
      timeLimit: request?.timeLimit ?? options?.timeLimit ?? own.timeLimit,
      trustFile: request?.trustFile ?? (try? options?.trusted()) ?? own.trustFile,
      nameServer: request?.nameServer ?? options?.nameServer ?? own.nameServer,
      connectionLimit: options?.connectionLimit ?? ProbeRequest.usualConnectionLimit,
      display: Display(
        theme: look.theme, isASCII: look.isASCII, canChooseUnicode: canWriteUTF8, language: look.language),
      keys: own.keys,
      defaults: .init(
        port: own.port ?? Target.defaultPort, gateway: options?.gateway ?? own.gateway,
        domain: options?.domain ?? own.domain),
      configurationFile: Configuration.files(ProcessInfo.processInfo.environment).last ?? "",
      dataDirectory: data.directory, version: Program.version,
      readable: Documents.forms.map { .init(name: $0.name, states: $0.states) })
  }
}
