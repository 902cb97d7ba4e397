let mut text = $CALL.stream().await?.text();
while let Some(piece) = text.try_next().await? {
    print!("{piece}");
    std::io::stdout().flush()?;
}
println!();
