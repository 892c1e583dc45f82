"""The pages for people: leads and their timelines. They read by queries; what they do goes through the API."""
