"""The words that people write around the name of a place, in English and Spanish (folded). They are no list of places: they
are what is never a part of one on its own."""


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# They say that a place follows, or that one came before.
BEFORE = words(
    "in from near nearby outside around by at en de desde cerca of to close visit visiting based living live "
    "lives vivo vivimos resido soy estoy somos town ciudad city located between entre hacia del al a sobre is es"
)
LOCATING = BEFORE | words(
    "called named llamado llamada llama isle ish "
    "i im ive id am are we were we're me my the this that its it s m a an and y e or o on just right very quite "
    "little bit way lives lived moved staying stay born raised originally origin home house place location "
    "located currently current now atm moment present time being usually mostly normally here area region zone "
    "side part outskirts suburb suburbs village near far not too miles mile km kms kilometres minutes mins min "
    "hour hours hr hrs drive train away from hi hiya hello hey please pls plz thanks thank you ta cheers sorry oh "
    "ah ok okay yes yeah yep yup yh well so um uh er erm lol haha x xx xxx mate actually but though still also as "
    "for with would be will like un una el la los las lo le mi es son esta estan este vive viven vivia yo nos "
    "nosotros actualmente ahora mismo momento por favor porfa porfi hola buenas gracias pues bueno si vale perdon "
    "aqui zona afueras lado pueblo barrio provincia centro residencia casa natal nacido nacida originario "
    "originaria aunque pero ubicado ubicada encuentro mudado muy poco minutos horas kilometros tren coche jaja "
    "jajaja ubico resido quedo queda ando actual base localidad municipio capital"
)
# Parts of a city: 'south london', 'el norte de Madrid'.
SIDES = words(
    "north south east west northern southern eastern western central greater inner outer downtown upper lower "
    "northeast northwest southeast southwest ne nw se sw norte sur este oeste oriental occidental centro "
    "metropolitan metro"
)
# Words of talk: where they stand, a word that is not known is no name of a place either.
NOISE = words(
    "lot lots local prefer prefers above antes hometown whichever ditto idem negative nil zero zilch naw anymore enough "
    "fussed "
    "idm mia mio tuya tuyo vuestra vuestro vosotros mad countryside country beach coast sea seaside mountain "
    "mountains island farm both either neither campo playa costa mar montana sierra isla ambos ambas ninguno no "
    "nope nah none nothing never not dont don't do does did didn't doesnt can cant could should shall may might "
    "must have has had having get got getting give go going gone went come coming came make made want wants "
    "wanted need needs know knows knew think thinking thought say said says tell told ask asked see seen look "
    "looking let lets love loves hate mind what whats where wheres when why who whose whom which how much many "
    "more most some any all every each other another anything anywhere everywhere nowhere somewhere something "
    "someone nobody everyone everybody whatever wherever whenever idk dunno idc n/a na skip same pass next stop "
    "later soon today tomorrow yesterday week weeks month months year years day days always sometimes often maybe "
    "perhaps probably possibly definitely sure unsure guess depends remote online he she they them their his her "
    "our your yours mine us him it's there these those then than if because cause cos tattoo tattoos tattooed ink "
    "artist studio price cost costs quote deposit booking book appointment idea design piece money pay paid cheap "
    "expensive discount free available availability question questions answer send sent picture pictures photo "
    "pic pics image good great nice cool fine bad best better awesome amazing perfect happy sad new old big small "
    "private secret personal matter matters important relevant irrelevant business understand mean means meant "
    "confused wrong already before after again only really travel travelling traveling traveler moving move "
    "around world earth planet moon bed work office school uni university job yet until while during about up "
    "down over under off out into onto test testing null undefined bot human person robot name number email phone "
    "address street road flat hmm hm huh eh umm err omg wtf lmao ffs ugh wow yay hehe two three one four five six "
    "seven eight nine ten hundred que quien cual cuando donde como porque por cuanto cuanta cuantos cuesta precio "
    "quiero quisiera quieres necesito puedo puede tengo tiene tienes hay hacer hago saber se sabes nada nadie "
    "nunca ninguna ningun todo todos todas algo alguien alguna alguno otro otra otros mismo misma igual depende "
    "tal vez quizas quiza luego despues manana hoy ayer semana semanas mes meses ano anos dia dias siempre "
    "tambien tampoco ya aun tatuaje tatuajes tatuar tatuarme artista estudio diseno foto fotos pregunta respuesta "
    "cita dinero barato caro descuento gratis bien mal bueno buena genial perfecto claro verdad importa entiendo "
    "entender decir digo dime ni secreto privado saltar omitir salto paso viajar viajo voy ir vamos venir vengo "
    "mundo casa trabajo telefono direccion calle numero sin con para tu tus te ti usted spring summer autumn fall "
    "winter january february march april june july august september october november december weekend weekends "
    "holiday holidays christmas easter invierno primavera verano otono vacaciones enero febrero marzo abril mayo "
    "junio julio agosto septiembre octubre noviembre diciembre navidad finde asia europe africa america europa "
    "continent english spanish british ever able ready plan planning stay arm arms leg legs hand hands forearm "
    "wrist shoulder back chest rib ribs neck thigh calf ankle foot feet finger sleeve left right cm inch inches "
    "pulgadas brazo brazos antebrazo mano manos muneca hombro espalda pecho costillas cuello muslo pierna piernas "
    "tobillo pie dedo izquierdo izquierda derecho derecha color colour black grey line simple medium high medio "
    "solo sola seria estais estas estare estaria venis vienes viene haga sean fuera fuese podria podrias "
    "encantada encantado problema problem feliz gusta gustaria prefiero decidir cualquier cualquiera sitio lugar "
    "ahi alli alla cosas mensaje idioma espanol ingles escribo mandar mando lejos obligatorio obligatoria "
    "conduzco su sus nuestro ellos ella el ellas esto eso aquello ese esa esos si"
)
# Small words inside a name.
PARTICLES = words(
    "de la le les los las del di da do dos das van von der den am an im upon on under by the of el al sur sul bei "
    "st ste saint san santa und y e en lez sous cum next with super and in"
)
# Between two places, either of which is meant.
OR = words("or o u oder ou and y e und et & + / but pero then")
# She lives there; she only came from there.
LIVES = words(
    "live lives living based vivo vivimos resido residing nearest cercana now ahora actualmente currently moved"
)
MOVED = words("moved moving move mude mudo mudado mudada mudamos mudando")
CAME = words("from originally born raised soy origen originaria originario nacida nacido naci but pero")
# They begin a name as well as they begin other things: 'Little Snoring', 'La Pobla'.
FIRST = words(
    "little great much new old upper lower north south east west big long high nether the la el los las san santa "
    "st villa puerto"
)
ARTICLES = words("the la el los las")
# Between two places: she lives in the first.
BESIDE = words("near nearby close outside next cerca junto but pero can could puedo")
WORDS = LOCATING | NOISE
