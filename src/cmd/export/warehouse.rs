//! `export --warehouse`: the tables of Profiles Sync -> archive.

use std::{
    io::{self, IsTerminal},
    path::Path,
};

use anyhow::Result;

use super::{Arguments, summary, what_is_read_stays};
use crate::{
    archive::{
        manifest::{ArchiveManifest, ArchiveOptions, WAREHOUSE_PART_SIZE, WarehouseSource},
        trait_texts::TextsAre,
    },
    cmd::Outcome,
    config,
    export::{self, WarehouseExport, identifiers::Identifiers},
    failure::Failure,
    interrupt::Interrupt,
    progress::Phase,
    terminal::{Summary, Terminal},
    warehouse::{TableNames, address::Address, postgres::Warehouse},
    wording::count,
};

pub(super) async fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let folder = &arguments.output;
    let is_pipe = folder.as_os_str() == "-";
    what_is_read_stays(arguments)?;
    let url = config::warehouse_url()?;
    let address = Address::parse(&url, &config::of_other_programs)?;
    let identifiers = arguments.ids_from.as_deref().map(Identifiers::open).transpose()?;
    let names = TableNames::with(&arguments.tables);
    let warehouse = Warehouse::connect(address, arguments.schema.as_deref(), names.clone()).await?;
    let values = match arguments.values.said() {
        Some(values) => values,
        None => told_values(&warehouse, (!is_pipe).then_some(folder.as_path()), terminal).await?,
    };
    let options = WarehouseExport {
        fixed: ArchiveOptions {
            api_url: warehouse.place(),
            space_id: arguments.schema.clone().unwrap_or_default(),
            id_types: Vec::new(),
            identified_only: Vec::new(),
            part_size: arguments.part_size.unwrap_or(WAREHOUSE_PART_SIZE),
            from_cursor: None,
            max_profiles: arguments.max_profiles,
            ids_from_sha256: identifiers.as_ref().map(|identifiers| identifiers.sha256.clone()),
            warehouse: Some(WarehouseSource { schema: arguments.schema.clone(), tables: names.typed(), values }),
        },
        locking: arguments.locking,
        identifiers: identifiers.map(|identifiers| identifiers.lines()?.collect()).transpose()?,
    };
    let phase = terminal.phase("export", None);
    let interrupt = Interrupt::listen()?;
    if is_pipe {
        terminal.tell_of_taken_stdout();
        return pipe(&warehouse, &options, arguments.plain, terminal, (&interrupt, &phase)).await;
    }
    let report = export::warehouse(&warehouse, &options, folder, &interrupt, &phase).await;
    let took = Some(phase.took());
    let report = report?;
    terminal.summary(&Summary { took, ..summary(&report, folder) })?;
    let found_all = report.manifest.books.vanished == 0;
    Ok(match (report.interrupted, found_all) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Done,
        (false, false) => Outcome::LeftOut,
    })
}

/// Lines on stdout: nothing is kept.
async fn pipe(
    warehouse: &Warehouse,
    options: &WarehouseExport,
    plain: bool,
    terminal: &Terminal,
    (interrupt, phase): (&Interrupt, &Phase),
) -> Result<Outcome> {
    crate::publish::warn_of_closed_output();
    let plain = plain || io::stdout().is_terminal();
    let books = export::warehouse_pipe(warehouse, options, io::stdout().lock(), plain, interrupt, phase).await;
    phase.finish();
    let Some(books) = books? else {
        terminal.say("export: interrupted; the output is cut, and a pipe cannot be continued");
        return Ok(Outcome::Interrupted);
    };
    let [listed, exported, vanished] = [books.listed, books.exported, books.vanished].map(count);
    terminal.say(&format!("export: listed {listed} = exported {exported} + vanished {vanished}"));
    Ok(if books.vanished == 0 { Outcome::Done } else { Outcome::LeftOut })
}

/// What the texts of traits are: as an earlier run into the folder found, else as a sample tells.
async fn told_values(warehouse: &Warehouse, folder: Option<&Path>, terminal: &Terminal) -> Result<TextsAre, Failure> {
    let manifest = folder.map(ArchiveManifest::read).transpose()?.flatten();
    let held = manifest.and_then(|manifest| manifest.options.warehouse);
    if let Some(source) = held {
        return Ok(source.values);
    }
    let evidence = warehouse.evidence().await?;
    let (quoted, bare) = (count(evidence.quoted), count(evidence.bare));
    if evidence.is_mixed() {
        tracing::warn!(
            "of the texts looked at {quoted} are JSON strings and {bare} are bare: read as JSON; `--values plain` reads them as they are"
        );
    }
    let (form, why) = match evidence.verdict() {
        TextsAre::Json if evidence.quoted > 0 => ("json", format!("{quoted} of them are quoted")),
        TextsAre::Json => ("json", "none of them tells otherwise".into()),
        TextsAre::Plain => ("plain", format!("{bare} of them are bare, none is quoted")),
    };
    terminal.say(&format!("export: texts of traits are read as `--values {form}`: {why}"));
    Ok(evidence.verdict())
}
