//! Both APIs emulated on loopback, from the vendors' facts alone (API_FACTS.md part D).
