"""A network of workshops whose true quality is known: are the numbers shown of it right, and fair?"""
